import * as fs from 'node:fs';
import * as path from 'node:path';
import * as prettier from 'prettier';
import { root } from './repo.mjs';

/** A page of docs/ that a command makes: its file, and its text as prettier formats it. */
export async function pageOf(file, text) {
  const place = path.join(root, file);
  const style = await prettier.resolveConfig(place);
  return { file, place, text: await prettier.format(text, { ...style, parser: 'markdown' }) };
}

/** Why a page is old, in words; undefined where it is as its command would write it. */
export function pageProblem({ file, place, text }, command) {
  const found = fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : undefined;
  return found === text ? undefined : `${file}: expected what \`${command}\` writes. Run it.`;
}
