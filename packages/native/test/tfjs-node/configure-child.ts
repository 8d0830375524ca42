import * as fs from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { isOptimizeError } from '@tfjs-optimize/core';
import { compile, configure, type NativeSettings } from '../../src/index.js';
import { addAndScale } from '../session/models.js';

const count = (): number => fs.readdirSync('/proc/self/task').length;

/** Sets what it is told, computes, and says how many threads that started. */
async function main(): Promise<void> {
  const set = configure(JSON.parse(process.argv[2] ?? '{}') as NativeSettings);
  // Node's own threads start when they are needed first.
  await Promise.all(Array.from({ length: 8 }, () => fs.promises.readFile(__filename)));
  const before = count();
  const model = await compile(addAndScale());
  model.run([tf.zeros([2], 'int32'), tf.zeros([2])]);
  const threads = count() - before;
  let late = '';
  try {
    configure({});
  } catch (error) {
    if (isOptimizeError(error)) late = `${error.code} ${error.message}`;
  }
  process.stdout.write(JSON.stringify({ set, threads, late }));
}

void main();
