import * as tf from '@tensorflow/tfjs';
import { loadModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { compile, loadTfjsNode } from '../../src/index.js';

/** Bytes of the process after garbage was collected. */
async function resident(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}

/** Makes a session and leaves it to the garbage collector. */
async function forget(model: Model): Promise<void> {
  await compile(model);
}

/** Says what sessions of one model hold: after runs, and after they were made and disposed of again and again. */
async function main(): Promise<void> {
  const node = (await loadTfjsNode()).node as unknown as { getNumOfSavedModels(): number };
  const layers = nets.resnet18({ size: 32, seed: 1 });
  const model = await loadModel(layers);
  layers.dispose();
  const x = nets.uniformTensor([1, 32, 32, 3], 1);
  const told: Record<string, number> = { start: await resident() };
  for (let cycle = 0; cycle < 6; cycle++) {
    const session = await compile(model);
    tf.tidy(() => void session.run(x));
    told[`open${cycle}`] = await resident();
    session.dispose();
    told[`closed${cycle}`] = await resident();
  }
  const session = await compile(model);
  const run = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) tf.dispose(i % 2 === 0 ? session.run(x) : await session.runAsync(x));
  };
  await run(200);
  const tensors = tf.memory().numTensors;
  told['before'] = await resident();
  await run(1000);
  told['after'] = await resident();
  told['tensors'] = tf.memory().numTensors - tensors;
  session.dispose();
  await forget(model);
  const open = node.getNumOfSavedModels();
  for (let i = 0; i < 50 && node.getNumOfSavedModels() > 0; i++) await resident();
  told['forgotten'] = open - node.getNumOfSavedModels();
  process.stdout.write(JSON.stringify(told));
}

void main();
