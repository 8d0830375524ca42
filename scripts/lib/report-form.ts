import { createHash } from 'node:crypto';
import { reportSchema } from '../../packages/benchmark/src/report/schema.js';
import { client } from '../../packages/benchmark/src/report/html/client.js';
import * as prettier from 'prettier';

/** Files that are made of sources, by their paths below the root, with their text. */
export async function reportForm(): Promise<Record<string, string>> {
  const script = `'use strict';(${client.toString()})();`;
  const source = [
    '/** The text of client.ts, written by `npm run docs:schema`. Do not edit. */',
    `export const PAGE_SCRIPT = ${JSON.stringify(script)};`,
    '/** The script as a content security policy names it. */',
    `export const PAGE_SCRIPT_HASH = 'sha256-${createHash('sha256').update(script).digest('base64')}';`,
  ].join('\n');
  const files = {
    'packages/benchmark/report.schema.json': JSON.stringify(reportSchema()),
    'packages/benchmark/src/report/html/page-script.ts': source,
  };
  const options = { singleQuote: true, printWidth: 110 };
  const entries = Object.entries(files).map(async ([filepath, text]) => {
    return [filepath, await prettier.format(text, { ...options, filepath })] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
