import { gelu, layerNorm } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { poolGeometry } from '../../src/kernels/pool/geometry.js';
import { conv2d } from '../../src/reference/conv2d.js';
import { depthwiseConv2d } from '../../src/reference/depthwise.js';
import { gelu as geluReference } from '../../src/reference/gelu.js';
import { batchNorm, layerNorm as layerNormReference } from '../../src/reference/norm.js';
import { maxPool } from '../../src/reference/pool.js';
import { tile } from '../../src/reference/tile.js';
import { zeros, type Values } from '../../src/reference/values.js';
import { distinctValues, expectDerivatives, wholeValues } from '../support/differences.js';
import { normal, useEngine } from '../support/tester.js';

type Shape = [number, number, number, number];
type Pad = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
type Round = 'floor' | 'round' | 'ceil';

interface Case {
  readonly x: Shape;
  readonly size: [number, number];
  readonly strides: number | [number, number];
  readonly pad: Pad;
  readonly round?: Round;
}

const uneven: Pad = [
  [0, 0],
  [0, 2],
  [1, 0],
  [0, 0],
];

const CASES: readonly Case[] = [
  { x: [2, 4, 5, 2], size: [3, 3], strides: 1, pad: 'same' },
  { x: [1, 5, 4, 3], size: [2, 3], strides: [2, 1], pad: 'valid' },
  { x: [1, 4, 4, 2], size: [2, 2], strides: 3, pad: 'same' },
  { x: [1, 4, 5, 2], size: [3, 1], strides: 1, pad: 1 },
  { x: [1, 1, 1, 1], size: [1, 1], strides: 1, pad: 0 },
  { x: [1, 5, 4, 1], size: [3, 2], strides: 2, pad: uneven },
  // Without their rounding gradients would be those of smaller outputs.
  { x: [1, 5, 6, 2], size: [3, 3], strides: 2, pad: 1, round: 'round' },
  { x: [1, 5, 6, 2], size: [3, 3], strides: 2, pad: 1, round: 'ceil' },
  { x: [1, 5, 6, 2], size: [3, 3], strides: 2, pad: 1, round: 'floor' },
  { x: [2, 6, 6, 1], size: [3, 3], strides: 2, pad: 0, round: 'ceil' },
  { x: [1, 5, 4, 1], size: [2, 2], strides: 3, pad: uneven, round: 'ceil' },
];

function titleOf({ x, size, strides, pad, round }: Case): string {
  return `[${x.join()}], ${size.join(' × ')}, strides ${strides.toString()}, pad ${JSON.stringify(pad)} ${round ?? ''}`;
}

function attrsOf({ size, strides, pad, round }: Case): tf.NamedAttrMap {
  return { filterSize: size, strides, pad, dimRoundingMode: round } as unknown as tf.NamedAttrMap;
}

/** How far gradients that are no whole numbers may be off: some hundred roundings of numbers of their size. */
const ROUNDED = 1e-5;

describe('gradients are differences of values', () => {
  before(useEngine);

  for (const each of CASES) {
    const { x, size, strides, pad, round } = each;
    const attrs = attrsOf(each);

    it(`of conv2d: ${titleOf(each)} (exactly)`, () => {
      expectDerivatives({
        op: (image, filter) =>
          tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', 1, round),
        reference: (image, filter) => conv2d({ x: image, filter }, attrs) as Values,
        inputs: [wholeValues(x, 1), wholeValues([...size, x[3], 3], 2)],
        step: 0.5,
      });
    });

    it(`of depthwiseConv2d: ${titleOf(each)} (exactly)`, () => {
      for (const multiplier of [1, 2]) {
        expectDerivatives({
          op: (image, filter) =>
            tf.depthwiseConv2d(image as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', 1, round),
          reference: (image, filter) => depthwiseConv2d({ x: image, filter }, attrs) as Values,
          inputs: [wholeValues(x, 1), wholeValues([...size, x[3], multiplier], 2)],
          step: 0.5,
        });
      }
    });

    it(`of maxPool: ${titleOf(each)} (exactly)`, () => {
      expectDerivatives({
        op: (image) => tf.maxPool(image as tf.Tensor4D, size, strides, pad, round),
        reference: (image) => seen(maxPool({ x: image }, attrs) as Values),
        inputs: [distinctValues(x, 1)],
        step: 0.25,
      });
    });

    // TensorFlow.js divides by the whole window where it differentiates, also where less of it is in the image.
    it(`of avgPool, as means of whole windows: ${titleOf(each)} (${ROUNDED})`, () => {
      expectDerivatives({
        op: (image) => tf.avgPool(image as tf.Tensor4D, size, strides, pad, round),
        reference: (image) => wholeWindows(image, each),
        inputs: [wholeValues(x, 1)],
        step: 0.5,
        within: ROUNDED,
      });
    });
  }

  it('of gather, as in embeddings (exactly)', () => {
    const ids = [0, 3, 3, 1, 0, 3];
    expectDerivatives({
      op: (table) => tf.gather(table, tf.tensor1d(ids, 'int32')),
      reference: (table) => {
        const rows = ids.map((id) => table.data.slice(3 * id, 3 * id + 3));
        return { shape: [ids.length, 3], data: Float64Array.from(rows.flatMap((row) => [...row])) };
      },
      inputs: [wholeValues([5, 3], 1)],
      step: 0.5,
    });
  });

  it('of tile (exactly)', () => {
    for (const [shape, reps] of [
      [[3], [4]],
      [
        [2, 1, 3],
        [3, 5, 1],
      ],
      [
        [1, 2],
        [2, 3],
      ],
    ] as const) {
      expectDerivatives({
        op: (x) => tf.tile(x, [...reps]),
        reference: (x) => tile({ x }, { reps }) as Values,
        inputs: [wholeValues(shape, 1)],
        step: 0.5,
      });
    }
  });

  it(`of batchNorm with the moments of its batch (${ROUNDED})`, () => {
    for (const shape of [
      [2, 3, 4, 3],
      [1, 5, 1, 1],
      [3, 2, 2, 8],
    ] as Shape[]) {
      const channels = [shape[3]];
      expectDerivatives({
        op: (x, offset, scale) => {
          const { mean, variance } = tf.moments(x, [0, 1, 2]);
          const rest = [mean, variance, offset, scale] as [
            tf.Tensor1D,
            tf.Tensor1D,
            tf.Tensor1D,
            tf.Tensor1D,
          ];
          return tf.batchNorm(x as tf.Tensor4D, ...rest, 0.1);
        },
        reference: (x, offset, scale) =>
          batchNorm({ x, ...momentsOf(x), offset, scale }, { varianceEpsilon: 0.1 }) as Values,
        inputs: [normal(shape, 1), normal(channels, 2), normal(channels, 3)],
        step: 1e-4,
        within: ROUNDED,
      });
    }
  });

  it(`of layerNorm (${ROUNDED})`, () => {
    for (const shape of [[2, 3, 5], [4, 16], [7]]) {
      const columns = shape.slice(-1);
      expectDerivatives({
        op: (x, scale, offset) => layerNorm(x, scale as tf.Tensor1D, offset as tf.Tensor1D, 0.1),
        reference: (x, scale, offset) => layerNormReference({ x, scale, offset }, { epsilon: 0.1 }) as Values,
        inputs: [normal(shape, 1), normal(columns, 2), normal(columns, 3)],
        step: 1e-4,
        within: ROUNDED,
      });
    }
  });

  for (const approximate of [false, true]) {
    it(`of gelu${approximate ? ' by tanh' : ''} (${ROUNDED})`, () => {
      expectDerivatives({
        op: (x) => gelu(x, approximate),
        reference: (x) => geluReference({ x }, { approximate }) as Values,
        inputs: [normal([5, 7], 1)],
        step: 1e-4,
        within: ROUNDED,
      });
    });
  }
});

/** Windows that see nothing have no derivative: what they are is of no account. */
function seen({ shape, data }: Values): Values {
  return { shape, data: data.map((value) => (value === -Infinity ? 0 : value)) };
}

/** Means of windows with zeros around the image. */
function wholeWindows(x: Values, each: Case): Values {
  const geometry = poolGeometry(x.shape, attrsOf(each) as never);
  const { inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, padInfo } = geometry;
  const out = zeros(geometry.outShape);
  out.data.forEach((_, i) => {
    const [channel, pixel] = [i % inChannels, Math.floor(i / inChannels)];
    const image = Math.floor(pixel / (outHeight * outWidth));
    const top = (Math.floor(pixel / outWidth) % outHeight) * geometry.strideHeight - padInfo.top;
    const left = (pixel % outWidth) * geometry.strideWidth - padInfo.left;
    let sum = 0;
    for (let y = Math.max(top, 0); y < Math.min(top + filterHeight, inHeight); y++) {
      for (let z = Math.max(left, 0); z < Math.min(left + filterWidth, inWidth); z++)
        sum += x.data[((image * inHeight + y) * inWidth + z) * inChannels + channel] as number;
    }
    out.data[i] = sum / (filterHeight * filterWidth);
  });
  return out;
}

/** Mean and variance of each channel. */
function momentsOf({ shape, data }: Values): { readonly mean: Values; readonly variance: Values } {
  const channels = shape.at(-1) as number;
  const rows = data.length / channels;
  const of = (value: (x: number, channel: number) => number): Values => {
    const sums = zeros([channels]);
    data.forEach((x, i) => {
      const channel = i % channels;
      sums.data[channel] = (sums.data[channel] as number) + value(x, channel) / rows;
    });
    return sums;
  };
  const mean = of((x) => x);
  return { mean, variance: of((x, channel) => (x - (mean.data[channel] as number)) ** 2) };
}
