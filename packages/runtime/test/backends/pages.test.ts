import * as tf from '@tensorflow/tfjs';
import { Random, toArtifacts, Weight, Weights, type Model } from '@tfjs-optimize/core';
import { openPages, PAGE_BACKENDS, type ModelPages, type PageRequest } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { registerOps } from '../../src/index.js';
import { INNER, smallNet } from '../support/small-net.js';

/** The network of all ops with weights as the packed format keeps them: int8. */
function packedNet(): Model<'integer'> {
  const model = smallNet();
  const weights = [...model.weights].map(([name, weight]): [string, Weight] =>
    /^w\d+$/.test(name)
      ? [name, Weight.int8(Int8Array.from(weight.numbers()), weight.shape)]
      : [name, weight],
  );
  return model.with({ weights: new Weights(weights) });
}

const OUTPUTS = [...INNER, 'Dequantize'];
const SHAPE = [2, 12, 12, 3];

/** What cpu computes in this process, by node. */
function expectedOf(model: Model, data: readonly number[]): Record<string, number[]> {
  registerOps();
  const graph = tf.loadGraphModelSync(toArtifacts(model));
  const x = tf.tensor([...data], SHAPE);
  const tensors = graph.execute(x, OUTPUTS) as tf.Tensor[];
  const values = OUTPUTS.map((name, i) => [name, Array.from((tensors[i] as tf.Tensor).dataSync())] as const);
  tf.dispose([x, tensors]);
  graph.dispose();
  return Object.fromEntries(values);
}

describe('integer graphs in a page (skipped without Chromium)', function () {
  this.timeout(120_000);
  const random = Random.of(1).fork('page');
  const data = Array.from(Float32Array.from({ length: 864 }, () => 8 * random.uniform() - 4));
  const model = packedNet();
  let pages: ModelPages | undefined;

  before(async function () {
    await tf.setBackend('cpu');
    pages = await openPages(this, { net: model });
  });
  after(async () => {
    await pages?.close();
    model.dispose();
  });

  const request: Omit<PageRequest, 'backend'> = {
    model: 'net',
    inputs: [{ shape: SHAPE, data }],
    outputs: OUTPUTS,
  };

  for (const backend of PAGE_BACKENDS) {
    const isAsync = backend === 'webgpu';
    for (const isComputed of [false, true]) {
      const origin = isComputed ? 'that the backend computed' : 'from JavaScript';
      it(`loaded by packed() compute on ${backend} what cpu does in Node.js, of inputs ${origin}`, async () => {
        const answer = await pages?.run('packed', { ...request, backend, isAsync, isComputed });
        expect(answer).to.deep.equal({ backend, values: expectedOf(model, data), leaked: 0 });
      });
    }

    it(`fail on ${backend} without the runtime, and say what is missing`, async () => {
      const answer = await pages?.run('stock', { ...request, backend, isAsync });
      expect(answer?.values).to.deep.equal({});
      expect(answer?.error).to.contain('@tfjs-optimize/runtime');
    });
  }

  it('asked to run at once on webgpu, whose values come later, fail and say how to run', async () => {
    const answer = await pages?.run('packed', { ...request, backend: 'webgpu' });
    expect(answer?.values).to.deep.equal({});
    expect(answer?.error).to.match(/\.Quantize' returned a promise. Please use model.executeAsync\(\)/);
  });
});
