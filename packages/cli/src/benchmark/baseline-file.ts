import { readFile } from 'node:fs/promises';
import { parseBaseline, type Baseline } from '@tfjs-optimize/benchmark';
import { fail } from '@tfjs-optimize/core';

/** Reads the file of `--baseline`, before any work is done. */
export async function readBaseline(file: string): Promise<Baseline> {
  let json: string;
  try {
    json = await readFile(file, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    return fail(isMissing ? 'io/not-found' : 'io/permission', {
      subject: `--baseline ${file}`,
      expected: 'a file that compare --save-baseline wrote',
      got: isMissing ? 'no such file' : cause instanceof Error ? cause.message : String(cause),
      ...(isMissing ? { advice: 'Make it with --save-baseline, and keep it with your sources' } : {}),
      cause,
    });
  }
  return parseBaseline(json, `--baseline ${file}`);
}
