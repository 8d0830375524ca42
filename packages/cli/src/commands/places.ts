import type { Stats } from 'node:fs';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { checkSavePlace, fail } from '@tfjs-optimize/core';

/*
 * Where results may go. Both places are looked at before any work is done: minutes of it must not be lost
 * to a wrong path.
 */

/**
 * Refuses an output folder that exists, unless it may be replaced. An empty one is refused, too: whoever
 * made it may be about to fill it, and with `--overwrite` it is taken at once. Saving checks again.
 */
export async function refuseOutputPlace(out: string, overwrite: boolean): Promise<void> {
  const found = await whatStandsAt(out);
  if (found === undefined || (overwrite && found.mayGo)) {
    await checkSavePlace(out, { overwrite });
    return;
  }
  fail('io/exists', {
    subject: `-o ${out}`,
    expected: 'a folder that does not exist yet',
    got: found.words,
    advice: found.mayGo ? 'Choose another name, or add --overwrite' : 'Choose another name',
  });
}

async function whatStandsAt(out: string): Promise<{ words: string; mayGo: boolean } | undefined> {
  try {
    if (!(await stat(out)).isDirectory()) return { words: 'a file', mayGo: false };
  } catch (error) {
    const isBelowFile = (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    return isBelowFile ? { words: 'a file where a folder above it is', mayGo: false } : undefined;
  }
  const names = await readdir(out).catch(() => ['?']);
  return { words: names.length === 0 ? 'an empty folder' : 'one that does', mayGo: true };
}

/** Where a file is to be written beside a result, and what it must keep clear of. */
export interface PlaceBeside {
  readonly option: string;
  readonly file: string;
  readonly model: string;
  readonly out: string;
  readonly overwrite: boolean;
}

/** Refuses a file that could not be written, or that would be in the way of a model. */
export async function refusePlaceBeside({ option, file, model, out, overwrite }: PlaceBeside): Promise<void> {
  const own = model.endsWith('.json') ? model : path.join(model, 'model.json');
  if (path.resolve(own) === path.resolve(file)) {
    refuseFile(option, file, { got: 'that of the model itself', advice: 'Choose another name' });
  }
  if (isInside(path.dirname(file), out)) {
    refuseFile(option, file, {
      got: 'one in the output folder',
      advice: 'Put it beside that folder, which holds the model and nothing else',
    });
  }
  await refuseFilePlace(option, file, overwrite);
}

/** Refuses a file that could not be written, and one that exists unless it may be replaced. */
export async function refuseFilePlace(option: string, file: string, overwrite: boolean): Promise<void> {
  const folder = path.dirname(file);
  const [above, place] = await Promise.all([statOf(folder), statOf(file)]);
  if (above === undefined) {
    refuseFile(option, file, { got: 'a folder that does not exist', advice: `Make ${folder} first` });
  }
  if (!above.isDirectory()) refuseFile(option, file, { got: 'a file where the folder should be' });
  if (place?.isDirectory() === true) {
    refuseFile(option, file, { got: 'a folder', advice: 'Add the name of a file' });
  }
  // Devices and pipes would be replaced by a file of the same name.
  if (place?.isFile() === false) refuseFile(option, file, { got: 'something that is no plain file' });
  if (place === undefined) return;
  if (overwrite && !isPartOfModel(file)) return;
  if (overwrite) {
    refuseFile(option, file, { got: 'a file of a model', advice: 'Choose another name' });
  }
  fail('io/exists', {
    subject: `${option} ${file}`,
    expected: 'a file that does not exist yet',
    got: 'one that does',
    advice: 'Choose another name, or add --overwrite',
  });
}

/** `--overwrite` is for what this option wrote before, and that is never called so. */
function isPartOfModel(file: string): boolean {
  return path.basename(file) === 'model.json' || path.extname(file) === '.bin';
}

/** Refuses two results that would be written to the same file. */
export function refuseSameFile(places: Readonly<Record<string, string | undefined>>): void {
  const given = Object.entries(places).flatMap(([option, file]) =>
    file === undefined ? [] : [{ option, file: path.resolve(file) }],
  );
  for (const [i, { option, file }] of given.entries()) {
    const other = given.slice(0, i).find((each) => each.file === file);
    if (other === undefined) continue;
    refuseFile(option, file, { got: `that of ${other.option}`, advice: 'Choose another name' });
  }
}

function refuseFile(
  option: string,
  file: string,
  problem: { readonly got: string; readonly advice?: string },
): never {
  return fail('io/permission', {
    subject: `${option} ${file}`,
    expected: 'the name of a file in a folder that exists',
    ...problem,
  });
}

function isInside(folder: string, outer: string): boolean {
  const relative = path.relative(path.resolve(outer), path.resolve(folder));
  return relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}

function statOf(place: string): Promise<Stats | undefined> {
  return stat(place).catch(() => undefined);
}

/** Writes a file, all of it or nothing: under a name of its own first. */
export async function writeWhole(option: string, file: string, text: string, advice?: string): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    fail('io/permission', {
      subject: `${option} ${file}`,
      expected: 'a file that can be written',
      got: cause instanceof Error ? cause.message : String(cause),
      ...(advice === undefined ? {} : { advice }),
      cause,
    });
  }
}
