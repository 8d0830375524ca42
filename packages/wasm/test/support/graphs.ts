import {
  GraphBuilder,
  Random,
  makeContext,
  runPass,
  toArtifacts,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

/** A graph of one input, built. */
export function graph(
  shape: readonly number[],
  build: (b: GraphBuilder, x: ValueId) => ValueId,
): Model<'float'> {
  const b = new GraphBuilder();
  return b.output(build(b, b.input('x', shape))).build();
}

/** A model after the pass, and what the pass noted. */
export async function fused(model: Model): Promise<{ model: Model; ops: string[]; declined: string[] }> {
  const { model: next, notes } = await runPass(fuseNorms(), model, makeContext());
  return {
    model: next,
    ops: [...next.graph].map(({ op }) => op).filter((op) => op !== 'Const' && op !== 'Placeholder'),
    declined: notes.filter(({ kind }) => kind === 'declined').map(({ message }) => message),
  };
}

/** Numbers of a seed by shape, as a constant of a graph. */
export function randoms(b: GraphBuilder, name: string, shape: readonly number[]): ValueId {
  const random = Random.of(7).fork(name);
  const size = shape.reduce((a, c) => a * c, 1);
  return b.constant(
    name,
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

/** Outputs of a graph as `tf.loadGraphModel` runs it. */
export async function run(model: Model, inputs: readonly tf.Tensor[]): Promise<tf.Tensor> {
  const loaded = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const named = Object.fromEntries(
    model.signature.inputs.map(({ value }, i) => [value, inputs[i] as tf.Tensor]),
  );
  const output = loaded.execute(named, model.signature.outputs[0]?.value) as tf.Tensor;
  loaded.dispose();
  return output;
}

/** Runs both on random numbers on two backends; results may differ by so much. */
export async function expectSame(
  before: Model,
  after: Model,
  shape: readonly number[],
  within: number,
): Promise<void> {
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const x = tf.randomNormal([...shape], 1, 3, 'float32', 5);
    const [old, now] = [await run(before, [x]), await run(after, [x])];
    expect(now.shape).to.deep.equal(old.shape);
    const largest = tf.tidy(() => now.sub(old).abs().max().dataSync()[0]);
    expect(largest, `largest difference on ${backend}`).to.be.lessThan(within);
    tf.dispose([x, old, now]);
  }
  await tf.setBackend('wasm');
}
