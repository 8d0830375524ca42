import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { parseReport } from '@tfjs-optimize/benchmark';
import { fail } from '@tfjs-optimize/core';
import { refuseReportPlace, writeReport } from '../benchmark/output.js';
import { EXIT } from '../exit.js';
import type { Outcome } from '../session.js';

/** Options of `tfjs-optimize report`. */
export interface ReportOptions {
  readonly out: string;
  readonly overwrite?: boolean;
}

/** Draws a report that was saved as JSON: as HTML, Markdown or JSON, by the name of the result. */
export async function report(file: string, { out, overwrite = false }: ReportOptions): Promise<Outcome> {
  await refuseReportPlace('-o', out, overwrite);
  const record = parseReport(reportIn(await read(file)), file === '-' ? 'standard input' : file);
  await writeReport('-o', out, record);
  return {
    status: EXIT.ok,
    document: { report: file, out, title: record.title, models: record.models.map(({ name }) => name) },
    text: () => `Wrote ${out}: ${record.title}`,
  };
}

async function read(file: string): Promise<unknown> {
  const json = file === '-' ? await readAll(process.stdin) : await readText(file);
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const known = WHY[code ?? ''];
    return fail(known === undefined ? 'io/permission' : 'io/not-found', {
      subject: file,
      expected: 'a report that was saved as JSON',
      got: known ?? (cause instanceof Error ? cause.message : String(cause)),
      advice: 'Make one with --report FILE.json',
      cause,
    });
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a folder',
};

/** The report itself: what `--json` prints holds it among other things; of several the first is drawn. */
function reportIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('command' in value)) return value;
  if ('report' in value) return value.report;
  return 'reports' in value && Array.isArray(value.reports) ? (value.reports[0] as unknown) : value;
}
