import * as tf from '@tensorflow/tfjs';
import { multiplierOf } from '@tfjs-optimize/runtime/format';
import { goldenTensor, tfliteLaw, type GoldenCase } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** TensorFlow Lite's reference kernels: golden vectors a04d. */
describe('integer ops against TensorFlow Lite', () => {
  before(() => tf.setBackend('cpu'));

  it('all 13 cases of conv, depthwise conv and fully connected: every int8 output and multiplier is the same', async function () {
    for (const testCase of await tfliteLaw(this)) checkMultipliers(testCase);
  });
});

function checkMultipliers({ inputs, outputs }: GoldenCase): void {
  const scales = Array.from(goldenTensor(inputs, 'w_scales').data, Number);
  const real = (scale: number) => ((inputs['in_scale'] as number) * scale) / (inputs['out_scale'] as number);
  const found = scales.map((scale) => multiplierOf(real(Math.fround(scale))));
  expect(found.map(({ value }) => value)).to.deep.equal(
    (outputs['multiplier'] as number[]).slice(0, scales.length),
  );
  expect(found.map(({ shift }) => shift)).to.deep.equal(
    (outputs['shift'] as number[]).slice(0, scales.length),
  );
}
