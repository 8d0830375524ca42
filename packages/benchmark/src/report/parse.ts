import { fail } from '@tfjs-optimize/core';
import * as v from 'valibot';
import { REPORT, REPORT_KIND, REPORT_VERSION, type ReportRecord } from '../record/report.js';

/**
 * A report from JSON, checked: what a file says is not to be trusted.
 * @param json text, or a value as `JSON.parse` gives it.
 * @throws `report/version` where another release wrote it, `report/schema` naming the place that is wrong.
 */
export function parseReport(json: unknown): ReportRecord {
  const value = typeof json === 'string' ? parseJson(json) : json;
  const { kind, version } = headOf(value);
  if (kind === REPORT_KIND && version !== undefined && version !== REPORT_VERSION) {
    fail('report/version', {
      subject: 'report',
      expected: `version ${REPORT_VERSION}`,
      got: JSON.stringify(version),
      advice: 'Use the release that wrote it, or measure again with this one',
    });
  }
  const parsed = v.safeParse(REPORT, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  return fail('report/schema', {
    subject: `report at ${v.getDotPath(issue) ?? 'its top'}`,
    expected: issue.expected ?? `another value (${issue.message})`,
    got: issue.received,
    ...(kind === REPORT_KIND ? {} : { advice: 'Give a file that `--json` or collectReport wrote' }),
  });
}

function headOf(value: unknown): { readonly kind?: unknown; readonly version?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return fail('report/schema', { subject: 'report', expected: 'JSON', got, cause });
  }
}
