import { loadPackage } from '@tfjs-optimize/core';
import type { Skippable } from './shared.js';

const PACKAGE = '@tensorflow/tfjs-node';

/** Lets TensorFlow.js find tfjs-node's backend `tensorflow`; skips, visibly counted, where it is not installed. */
export async function needTfjsNode(context: Skippable): Promise<void> {
  const loaded = await loadPackage(PACKAGE);
  if (loaded.found) return;
  if (loaded.missing) context.skip();
  throw loaded.cause;
}
