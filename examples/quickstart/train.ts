/**
 * Trains the quickstart's network and writes it to `model/`. Run from the root of the repository with
 *
 *   node --conditions=@tfjs-optimize/source --require ts-node/register examples/quickstart/train.ts
 *
 * The weights that are committed came out of tfjs-node in about ten minutes (see `model/training.json`). Any
 * backend with gradients of convolutions will do; the wasm backend has none, so without tfjs-node
 * the cpu backend trains, for hours.
 */
import * as tf from '@tensorflow/tfjs';
import { fileHandler } from '@tfjs-optimize/core';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { loadDigits } from './digits.js';
import { accuracy, trainDigits } from './training.js';

const SEED = 7;
const SETTINGS = { seed: SEED, epochs: 60, batchSize: 64, learningRate: 0.05 };

/** Makes tfjs-node the backend where it is installed, the cpu backend elsewhere. */
async function chooseBackend(): Promise<string> {
  const tfjsNode: string = '@tensorflow/tfjs-node';
  try {
    await import(tfjsNode);
    await tf.setBackend('tensorflow');
  } catch {
    await tf.setBackend('cpu');
  }
  return tf.getBackend() === 'tensorflow' ? 'tfjs-node' : tf.getBackend();
}

async function main(): Promise<void> {
  const backend = await chooseBackend();
  const { train, heldOut } = loadDigits(SEED);
  console.log(`training on ${train.count} digits, backend ${backend}`);
  const model = await trainDigits(train, {
    ...SETTINGS,
    progress: (epoch, loss) => console.log(`epoch ${epoch} of ${SETTINGS.epochs}: loss ${loss.toFixed(4)}`),
  });
  const predict = (images: tf.Tensor) => model.predict(images) as tf.Tensor;
  const heldOutAccuracy = accuracy(predict, heldOut);
  const folder = path.join(__dirname, 'model');
  await model.save(fileHandler(folder, { overwrite: true }));
  const record = {
    ...SETTINGS,
    trainedOn: train.count,
    heldOut: heldOut.count,
    heldOutAccuracy,
    trainAccuracy: accuracy(predict, train),
    backend,
    tfjs: tf.version_core,
  };
  fs.writeFileSync(path.join(folder, 'training.json'), `${JSON.stringify(record, null, 2)}\n`);
  console.log(
    `${(100 * heldOutAccuracy).toFixed(2)} % of ${heldOut.count} held-out digits; written to ${folder}`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
