import { loadModel, restoreFacts } from '@tfjs-optimize/core';
import { masksFact, sparsity } from '@tfjs-optimize/pruning';
import type * as tf from '@tensorflow/tfjs';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { SIDE, type Digits } from './digits.js';
import { writeNpy } from './npy.js';
import { accuracy } from './training.js';

/** Digits that the recipe trains and calibrates with, of the 8,000 that trained the network. */
const DIGITS = 4000;

/** The passes: channels removed, weights pruned, what was lost learnt back from the network as it was, int8. */
const RECIPE = path.join(__dirname, 'smaller.json');

/** A network that a recipe made smaller. */
export interface Smaller {
  readonly folder: string;
  readonly accuracy: number;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Of the weights that are left, by layer. */
  readonly sparsity: string;
}

/**
 * Prunes, distils and quantizes the network by the command line, as anybody would with digits in files.
 * @param target a folder that is made beside others of that name.
 */
export async function makeSmaller(
  source: string,
  target: string,
  { train, heldOut }: { readonly train: Digits; readonly heldOut: Digits },
  show: (line: string) => void,
): Promise<Smaller> {
  const folder = `${target}-smaller`;
  const [images, labels] = [`${target}-images.npy`, `${target}-labels.npy`];
  writeNpy(images, train.pixels.subarray(0, DIGITS * SIDE * SIDE), [DIGITS, SIDE, SIDE, 1]);
  writeNpy(labels, Int32Array.from(train.labels.subarray(0, DIGITS)), [DIGITS]);
  const args = ['optimize', source, '-o', folder, '--recipe', RECIPE, '--data', images, '--labels', labels];
  show(`npx tfjs-optimize ${args.map(fromRoot).join(' ')}`);
  await command([...args, '--overwrite', '--no-latency', '--quiet']);
  // A file keeps which weights are pruned; this holds the weights against it.
  const model = restoreFacts(await loadModel(folder), [masksFact]);
  const read = accuracy((digits) => model.run(digits)[0] as tf.Tensor, heldOut);
  model.dispose();
  const files = fs.readdirSync(folder).map((name) => fs.statSync(path.join(folder, name)).size);
  return {
    folder,
    accuracy: read,
    bytes: files.reduce((sum, size) => sum + size, 0),
    sparsity: sparsity(model).text(),
  };
}

/** A file of this repository as commands at its root name it. */
function fromRoot(word: string): string {
  const relative = path.relative(path.join(__dirname, '../..'), word);
  return path.isAbsolute(word) && !relative.startsWith('..') ? relative : word;
}

/** Runs the command line of this repository in a process of its own. */
async function command(args: readonly string[]): Promise<void> {
  const bin = path.join(
    path.dirname(require.resolve('@tfjs-optimize/cli/package.json')),
    'bin/tfjs-optimize.mjs',
  );
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`tfjs-optimize ${args.join(' ')}: expected status 0, got ${status}.`);
}
