import * as util from 'node:util';
import type { Skippable } from './shared.js';

const PACKAGE: string = '@tensorflow/tfjs-node';

/** Lets TensorFlow.js find tfjs-node's backend `tensorflow`; skips, visibly counted, where it is not installed. */
export async function needTfjsNode(context: Skippable): Promise<void> {
  // tfjs-node 4.22 calls it, and Node.js 23 no longer has it.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  try {
    require.resolve(PACKAGE);
  } catch {
    context.skip();
  }
  await import(PACKAGE);
}
