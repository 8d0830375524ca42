import * as tf from '@tensorflow/tfjs';
import { loadTfjsNode } from '../../src/index.js';

/** Does as Node 23 does, and then computes with tfjs-node. */
async function main(): Promise<void> {
  const { default: own } = (await import('node:util')) as unknown as { default: Record<string, unknown> };
  for (const name of ['isNullOrUndefined', 'isArray']) delete own[name];
  process.stdout.write(`before ${String(own['isNullOrUndefined'])} ${String(own['isArray'])}\n`);
  await loadTfjsNode();
  const sum = tf.concat([tf.tensor1d([3]), tf.tensor1d([4])]).sum();
  process.stdout.write(`after ${sum.dataSync()[0]}\n`);
}

void main();
