import * as tf from '@tensorflow/tfjs';
import { openPages, PAGE_BACKENDS, type ModelPages } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { computedBy, DATA, expectedOf, quantizedNetworks, SHAPE } from './networks.js';

describe('quantized models in a page (skipped without Chromium)', function () {
  this.timeout(120_000);
  let models: Awaited<ReturnType<typeof quantizedNetworks>>;
  let pages: ModelPages | undefined;

  before(async function () {
    await tf.setBackend('cpu');
    models = await quantizedNetworks();
    pages = await openPages(this, models);
  });
  after(() => pages?.close());

  it('hold stock ops of integers between ours, or this tries nothing', () => {
    const ops = [...models.static.graph].map(({ op }) => op);
    expect(ops).to.include.members(['Pad', 'ConcatV2', 'Transpose', 'Slice', 'Max', 'Reshape']);
    expect(ops.filter((op) => op.endsWith('.Dequantize'))).to.have.length(1);
  });

  for (const backend of PAGE_BACKENDS) {
    for (const name of ['static', 'dynamic'] as const) {
      it(`${name} int8 loaded by packed() computes on ${backend} every value that cpu does in Node.js`, async () => {
        const model = models[name];
        const inputs = [{ shape: SHAPE, data: DATA }];
        const isAsync = backend === 'webgpu';
        const request = { backend, isAsync, model: name, inputs, outputs: computedBy(model) };
        for (const isComputed of [false, true]) {
          const answer = await pages?.run('packed', { ...request, isComputed });
          expect(answer).to.deep.equal({ backend, values: expectedOf(model), leaked: 0 });
        }
      });
    }
  }
});
