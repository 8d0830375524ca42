import { rename, rm, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { benchReportHtml, benchReportMarkdown, type BenchReport } from '@tfjs-optimize/benchmark';

/** How a report is written, by the end of its file's name. */
const FORMS: Readonly<Record<string, (report: BenchReport) => string>> = {
  '.html': benchReportHtml,
  '.md': benchReportMarkdown,
};

/**
 * The form of a report in a file. Looks at the place before anything is measured: a file that is there is replaced.
 * @throws where the file could not be written.
 */
export async function reportFormOf(file: string): Promise<(report: BenchReport) => string> {
  const refuse = (expected: string, got: string): never => {
    throw new Error(`--report ${file}: expected ${expected}, got ${got}.`);
  };
  const ending = path.extname(file).toLowerCase();
  const form = FORMS[ending];
  if (form === undefined) {
    return refuse(`a name that ends in ${Object.keys(FORMS).join(' or ')}`, ending === '' ? 'none' : ending);
  }
  const [folder, place] = await Promise.all(
    [path.dirname(file), file].map((each) => stat(each).catch(() => undefined)),
  );
  if (folder?.isDirectory() !== true) refuse('a file in a folder that exists', 'another place');
  if (place !== undefined && !place.isFile()) refuse('a plain file', 'something else of that name');
  return form;
}

/** Writes a file, all of it or nothing: under a name of its own first. */
export async function writeReport(file: string, text: string): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
