import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { expect } from 'chai';
import { isOptimizeError, toArtifacts, verifyGraph, type ErrorCode, type Model } from '@tfjs-optimize/core';

/** Backends that every trace must agree on with the code it was made from. */
export const BACKENDS = ['cpu', 'wasm'] as const;

/** Makes a backend the current one; wasm's binary lies beside its script. */
export async function useBackend(name: (typeof BACKENDS)[number]): Promise<void> {
  if (name === 'wasm' && tf.findBackend('wasm') === null) {
    const entry = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(path.join(path.dirname(entry), path.sep));
  }
  expect(await tf.setBackend(name)).to.equal(true);
}

/** The model as stock TensorFlow.js loads it. */
export async function asGraphModel(model: Model): Promise<tf.GraphModel> {
  return await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
}

/** Fails unless the model's graph is sound by the table of ops, shapes included. */
export function expectSound(model: Model): void {
  const { violations } = verifyGraph(model, { strict: true, shapes: true });
  expect(violations).to.deep.equal([]);
}

/** Runs the model with stock TensorFlow.js; outputs in signature order. */
export async function runStock(model: Model, inputs: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
  const graph = await asGraphModel(model);
  try {
    const feeds = Object.fromEntries(
      model.signature.inputs.map(({ value }, i) => [value, inputs[i] as tf.Tensor]),
    );
    const fetches = model.signature.outputs.map(({ value }) => (value.includes(':') ? value : `${value}:0`));
    const outputs = graph.execute(feeds, fetches);
    return Array.isArray(outputs) ? outputs : [outputs];
  } finally {
    graph.dispose();
  }
}

/** Fails unless two tensors are the same in type, shape and every bit of every value. */
export function expectSame(actual: tf.Tensor, expected: tf.Tensor, what: string): void {
  expect(actual.dtype, `${what}: type`).to.equal(expected.dtype);
  expect(actual.shape, `${what}: shape`).to.deep.equal(expected.shape);
  const [a, b] = [values(actual), values(expected)];
  const different = a.findIndex((value, i) => !Object.is(value, b[i]) && !(value === 0 && b[i] === 0));
  if (different >= 0) {
    expect.fail(`${what}: element ${different} is ${String(a[different])}, expected ${String(b[different])}`);
  }
}

function values(tensor: tf.Tensor): readonly (number | string)[] {
  if (tensor.dtype !== 'complex64')
    return Array.from(tensor.dataSync<tf.DataType>() as ArrayLike<number | string>);
  return tf.tidy(() => [...tf.real(tensor).dataSync(), ...tf.imag(tensor).dataSync()]);
}

/** Normal numbers of a seed. */
export function normal(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

/** Fails unless work throws with the code, all the words and advice; nothing may be left behind. */
export function expectRefused(work: () => unknown, code: ErrorCode, ...words: string[]): void {
  const before = tf.memory().numTensors;
  let caught: unknown;
  try {
    work();
  } catch (error) {
    caught = error;
  }
  if (!isOptimizeError(caught)) expect.fail(`not refused: ${String(caught)}`);
  expect(caught.code).to.equal(code);
  for (const word of words) expect(caught.message).to.contain(word);
  expect(caught.message, 'subject, problem and advice').to.match(/^.+: expected .+, got .+\. [A-Z].+\.$/s);
  expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
}
