import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vm from 'node:vm';
import { repoRoot } from '@tfjs-optimize/testing';

/** One input or attribute in the op list of stock TensorFlow.js. */
export interface StockParam {
  readonly name: string;
  readonly tfName?: string;
  readonly tfDeprecatedName?: string;
  readonly type: string;
  readonly start?: number;
  readonly end?: number;
  readonly defaultValue?: unknown;
  readonly notSupported?: boolean;
}

/** One op of that list. */
export interface StockOp {
  readonly tfOpName: string;
  readonly category?: string;
  readonly inputs?: readonly StockParam[];
  readonly attrs?: readonly StockParam[];
}

/**
 * The ops that the installed TensorFlow.js says it runs. Read from its files as text, in tests only:
 * nothing of the project depends on how that package is laid out.
 */
export function stockOpList(): readonly StockOp[] {
  const folder = path.join(repoRoot(), 'node_modules/@tensorflow/tfjs-converter/dist/operations/op_list');
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.js'));
  return files.flatMap((file) => {
    const text = fs
      .readFileSync(path.join(folder, file), 'utf8')
      .replace('export const json', 'globalThis.json');
    const context: { json?: StockOp[] } = {};
    vm.runInNewContext(text, context);
    return context.json ?? [];
  });
}
