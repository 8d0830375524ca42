import * as path from 'node:path';
import { reportHtml, reportMarkdown, type ReportRecord } from '@tfjs-optimize/benchmark';
import { fail } from '@tfjs-optimize/core';
import { refuseFilePlace, writeWhole } from '../commands/places.js';

const WRITERS: Readonly<Record<string, (report: ReportRecord) => string | Promise<string>>> = {
  '.html': reportHtml,
  '.htm': reportHtml,
  '.md': reportMarkdown,
  '.json': (report) => `${JSON.stringify(report, null, 2)}\n`,
};

/** Refuses a file for a report before any work is done: its place, and an ending that tells no form. */
export async function refuseReportPlace(option: string, file: string, overwrite: boolean): Promise<void> {
  if (WRITERS[path.extname(file).toLowerCase()] === undefined) {
    fail('argument/invalid', {
      subject: `${option} ${file}`,
      expected: `a name that ends in one of ${Object.keys(WRITERS).join(', ')}`,
      got: path.extname(file) === '' ? 'none' : `'${path.extname(file)}'`,
    });
  }
  await refuseFilePlace(option, file, overwrite);
}

/** Writes a report in the form that the file's name ends in. */
export async function writeReport(
  option: string,
  file: string,
  report: ReportRecord,
  advice?: string,
): Promise<void> {
  const text = await WRITERS[path.extname(file).toLowerCase()]?.(report);
  await writeWhole(option, file, text ?? '', advice);
}
