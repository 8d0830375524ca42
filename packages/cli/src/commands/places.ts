import type { Stats } from 'node:fs';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { fail } from '@tfjs-optimize/core';

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
  if (found === undefined || (overwrite && found.mayGo)) return;
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

/** Refuses a recipe file that could not be written, or that would be in the way of the model. */
export async function refuseRecipePlace(file: string, out: string): Promise<void> {
  const refuse = (got: string, advice?: string): never =>
    fail('io/permission', {
      subject: `--save-recipe ${file}`,
      expected: 'the name of a file in a folder that exists',
      got,
      ...(advice === undefined ? {} : { advice }),
    });
  const folder = path.dirname(file);
  if (isInside(folder, out)) {
    refuse('one in the output folder', 'Put it beside that folder, which holds the model and nothing else');
  }
  const [above, place] = await Promise.all([statOf(folder), statOf(file)]);
  if (above === undefined) refuse('a folder that does not exist', `Make ${folder} first`);
  if (above?.isDirectory() === false) refuse('a file where the folder should be');
  if (place?.isDirectory() === true) refuse('a folder', 'Add the name of a file');
}

function isInside(folder: string, outer: string): boolean {
  const relative = path.relative(path.resolve(outer), path.resolve(folder));
  return relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}

function statOf(place: string): Promise<Stats | undefined> {
  return stat(place).catch(() => undefined);
}

/** Writes the recipe, all of it or nothing: under a name of its own first. */
export async function writeRecipe(file: string, text: string): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    fail('io/permission', {
      subject: `--save-recipe ${file}`,
      expected: 'a file that can be written',
      got: cause instanceof Error ? cause.message : String(cause),
      advice: 'The model was saved all the same',
      cause,
    });
  }
}
