import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Skippable } from '@tfjs-optimize/testing';

/** The folder of all-MiniLM-L6-v2 that `TFJS_OPTIMIZE_MINILM` names; undefined where it holds none. */
export function minilmFolder(): string | undefined {
  const folder = process.env['TFJS_OPTIMIZE_MINILM'];
  return folder !== undefined && fs.existsSync(path.join(folder, 'model.safetensors')) ? folder : undefined;
}

/** That folder, for a `before`: skips, visibly counted, where it is not there. */
export function needMinilm(context: Skippable): string {
  return minilmFolder() ?? context.skip();
}
