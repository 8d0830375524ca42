import { fail, type ErrorCode } from '@tfjs-optimize/core';
import * as v from 'valibot';

/** A form of record that files hold. */
export interface RecordForm<T> {
  /** What it is called in messages. */
  readonly subject: string;
  readonly schema: v.GenericSchema<unknown, T>;
  /** What the fields `kind` and `version` have to say. */
  readonly kind: string;
  readonly version: number;
  readonly codes: { readonly version: ErrorCode; readonly schema: ErrorCode };
  /** What writes such files, for the advice. */
  readonly writtenBy: string;
}

/**
 * A record from JSON, checked: what a file says is not to be trusted.
 * @param json text, or a value as `JSON.parse` gives it.
 * @throws the form's codes: another version, or another form, naming the place that is wrong.
 */
export function parseRecord<T>(json: unknown, form: RecordForm<T>): T {
  const { subject, codes } = form;
  const value = typeof json === 'string' ? parseJson(json, form) : json;
  const { kind, version } = headOf(value);
  if (kind === form.kind && version !== undefined && version !== form.version) {
    fail(codes.version, {
      subject,
      expected: `version ${form.version}`,
      got: JSON.stringify(version),
      advice: 'Use the release that wrote it, or measure again with this one',
    });
  }
  const parsed = v.safeParse(form.schema, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  return fail(codes.schema, {
    subject: `${subject} at ${v.getDotPath(issue) ?? 'its top'}`,
    expected: issue.expected ?? `another value (${issue.message})`,
    got: issue.received,
    advice:
      kind === form.kind
        ? 'Make it again: it was changed or cut off'
        : `Give a file that ${form.writtenBy} wrote`,
  });
}

function headOf(value: unknown): { readonly kind?: unknown; readonly version?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

function parseJson<T>(text: string, { subject, codes, writtenBy }: RecordForm<T>): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return fail(codes.schema, {
      subject,
      expected: 'JSON',
      got,
      advice: `Give a file that ${writtenBy} wrote`,
      cause,
    });
  }
}
