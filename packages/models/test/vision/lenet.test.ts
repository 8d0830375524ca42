import { backend, fit } from '@tfjs-optimize/core';
import {
  lenet300,
  lenet5,
  newWeights,
  visionLayers,
  visionModel,
  type StateDict,
  type VisionNet,
} from '@tfjs-optimize/models';
import '@tfjs-optimize/wasm'; // has gradients of convolutions, which the backend lacks
import { expectCode, expectNoLeak, maxDifference, maxMagnitude, nets } from '@tfjs-optimize/testing';
import type * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

/** Float32 sums of at most 784 products in another order. */
const TOLERANCE = 1e-5;
const SIDE = 28;

/** An image in PyTorch's layout: channel, height, width. */
interface Image {
  readonly values: Float64Array;
  readonly channels: number;
  readonly side: number;
}

const numbers = (state: StateDict, name: string): Float64Array =>
  Float64Array.from(state.get(name)?.numbers() ?? []);

/** PyTorch's `conv2d` by its definition. */
function conv({ values, channels, side }: Image, state: StateDict, name: string, padding: number): Image {
  const [kernel, bias] = [numbers(state, `${name}.weight`), numbers(state, `${name}.bias`)];
  const [size, wide] = [5, side + 2 * padding - 4];
  const out = new Float64Array(bias.length * wide * wide);
  for (const [to, start] of bias.entries())
    for (let y = 0; y < wide; y++)
      for (let x = 0; x < wide; x++) {
        let sum = start;
        for (let from = 0; from < channels; from++)
          for (let i = 0; i < size; i++)
            for (let j = 0; j < size; j++) {
              const [row, column] = [y + i - padding, x + j - padding];
              if (row < 0 || column < 0 || row >= side || column >= side) continue;
              const weight = kernel[((to * channels + from) * size + i) * size + j] ?? NaN;
              sum += weight * (values[(from * side + row) * side + column] ?? NaN);
            }
        out[(to * wide + y) * wide + x] = sum;
      }
  return { values: out, channels: bias.length, side: wide };
}

/** ReLU, and the largest of each two by two. */
function pooled({ values, channels, side }: Image): Image {
  const half = side / 2;
  const at = (c: number, y: number, x: number): number => values[(c * side + y) * side + x] ?? NaN;
  const out = Float64Array.from({ length: channels * half * half }, (_, i) => {
    const [c, y, x] = [Math.floor(i / half / half), 2 * (Math.floor(i / half) % half), 2 * (i % half)];
    return Math.max(0, at(c, y, x), at(c, y, x + 1), at(c, y + 1, x), at(c, y + 1, x + 1));
  });
  return { values: out, channels, side: half };
}

function linear(x: Float64Array, state: StateDict, name: string): Float64Array {
  const [kernel, bias] = [numbers(state, `${name}.weight`), numbers(state, `${name}.bias`)];
  return Float64Array.from(bias, (start, to) =>
    x.reduce((sum, value, i) => sum + value * (kernel[to * x.length + i] ?? NaN), start),
  );
}

const relu = (x: Float64Array): Float64Array => x.map((value) => Math.max(0, value));

const BY_DEFINITION: Readonly<Record<string, (image: Image, state: StateDict) => Float64Array>> = {
  lenet5: (image, state) => {
    const first = pooled(conv(image, state, 'conv1', 2));
    const { values } = pooled(conv(first, state, 'conv2', 0));
    const hidden = relu(linear(relu(linear(values, state, 'fc1')), state, 'fc2'));
    return linear(hidden, state, 'fc3');
  },
  lenet300: ({ values }, state) => {
    const hidden = relu(linear(relu(linear(values, state, 'fc1')), state, 'fc2'));
    return linear(hidden, state, 'fc3');
  },
};

const countOf = ({ tensors }: VisionNet): number =>
  [...tensors.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);

describe('LeNets', function () {
  this.timeout(30_000);
  before(() => backend.use('wasm'));

  it('have the published numbers of parameters', () => {
    expect(countOf(lenet5())).to.equal(61_706);
    expect(countOf(lenet300())).to.equal(266_610);
  });

  for (const net of [lenet5({ channels: 3, classes: 7 }), lenet300({ channels: 3, classes: 7 })]) {
    it(`${net.name}: graph and layers answer as PyTorch defines, features in its order`, async () => {
      const state = newWeights(net, { seed: 5 });
      const x = nets.uniformTensor([1, SIDE, SIDE, 3], 9);
      const pixels = await x.data();
      const values = Float64Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
        const [c, at] = [Math.floor(i / SIDE / SIDE), i % (SIDE * SIDE)];
        return pixels[at * 3 + c] ?? NaN;
      });
      const expected = BY_DEFINITION[net.name]?.({ values, channels: 3, side: SIDE }, state) ?? [];
      await expectNoLeak(async () => {
        const [graph, layers] = [visionModel(net, state), visionLayers(net, state)];
        const outputs = [graph.run(x)[0], layers.predict(x)] as tf.Tensor[];
        for (const output of outputs) {
          expect(output.shape).to.deep.equal([1, 7]);
          const found = (await output.data()) as Float32Array;
          expect(maxDifference(found, expected)).to.be.below(TOLERANCE * maxMagnitude(found));
          output.dispose();
        }
        graph.dispose();
        layers.dispose();
      });
      x.dispose();
    });
  }

  it('take images of 28 × 28 alone', async () => {
    const model = visionModel(lenet5(), newWeights(lenet5()));
    const x = nets.uniformTensor([1, 32, 32, 1], 1);
    const error = await expectCode('model/input', () => model.run(x));
    expect(error.message).to.contain('28');
    x.dispose();
    model.dispose();
  });

  it('train', async () => {
    const [inputs, labels] = [nets.uniformTensor([8, SIDE, SIDE, 1], 1), [0, 1, 2, 3, 4, 5, 6, 7]];
    const { history } = await fit(visionModel(lenet5(), newWeights(lenet5(), { seed: 1 })), {
      data: { inputs, labels: { values: Int32Array.from(labels), shape: [8] } },
      ...{ loss: 'crossEntropy', optimizer: 'adam', learningRate: 0.01, epochs: 20, batchSize: 8, seed: 1 },
    });
    const [first = NaN, last = NaN] = [history[0], history.at(-1)].map((each) => each?.numbers['loss']);
    expect(last).to.be.below(first / 2);
    inputs.dispose();
  });
});
