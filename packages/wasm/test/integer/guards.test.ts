import type { RuntimeOp } from '@tfjs-optimize/runtime/format';
import { expect } from 'chai';
import type { Engine } from '../../src/engine/engine.js';
import { guarded } from '../support/guards.js';
import { Draws, eachForm, expectExact, type Numbers, type TriedForm } from '../support/integers.js';
import { useEngine } from '../support/tester.js';

/** Below, at, above and a multiple of what tiles, panels, lanes and vectors hold. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 33];
const ROUNDS = 12;

/** Inputs and attributes of one call. */
interface Case {
  readonly inputs: Readonly<Record<string, Numbers | undefined>>;
  readonly attrs: object;
}

type Make = (draws: Draws, form: TriedForm) => Case;

const size = (draws: Draws): number => draws.pick(...SIZES);
const side = (draws: Draws): number => draws.pick(1, 2, 3, 5, 8, 9);
const floats = (draws: Draws, shape: readonly number[]): Numbers => ({
  shape,
  dtype: 'float32',
  data: shape.reduce<number[]>(
    (all, n) => all.flatMap(() => Array.from({ length: n }, () => draws.uniform() - 0.4)),
    [0],
  ),
});

function pair(draws: Draws): object {
  const [a_scale, b_scale] = [draws.scale(), draws.scale()];
  const zeros = { a_zero_point: draws.zeroPoint(), b_zero_point: draws.zeroPoint() };
  return { a_scale, b_scale, ...zeros, y_scale: Math.fround(a_scale + b_scale), ...draws.ends() };
}

/** Where windows of a filter or pool lie. */
function windows(draws: Draws): object {
  const stride = draws.pick(1, 1, 2, 3);
  return { strides: [1, stride, draws.pick(stride, 1), 1], padding: draws.pick('SAME', 'VALID') };
}

function images(draws: Draws, channels: number, least = 1): Numbers {
  return draws.values([draws.pick(1, 2), least - 1 + side(draws), least - 1 + size(draws), channels]);
}

const summing: Make = (draws) => {
  const shape = [draws.pick(1, 3), size(draws), size(draws)];
  return {
    inputs: { a: draws.values(shape), b: draws.values(draws.pick(shape, shape.slice(-1), [1])) },
    attrs: pair(draws),
  };
};

const pooling: Make = (draws) => {
  const [height, width] = [draws.pick(1, 2, 3), draws.pick(1, 2, 4)];
  return {
    inputs: { x: images(draws, size(draws), 4) },
    attrs: { ksize: [1, height, width, 1], ...windows(draws) },
  };
};

const resizing: Make = (draws) => ({
  inputs: { x: images(draws, size(draws)) },
  attrs: { size: [side(draws), size(draws)], half_pixel_centers: draws.pick(true, false) },
});

const dynamic = (draws: Draws): object => ({
  mode: draws.pick('row', 'tensor'),
  activation: draws.pick('uint8', 'int8', 'int16'),
  ...draws.pick({}, { clamp_min: 0, clamp_max: 6 }),
});

const CASES: Readonly<Partial<Record<RuntimeOp, Make>>> = {
  Quantize: (draws) => ({
    inputs: { x: floats(draws, [size(draws), size(draws)]) },
    attrs: { scale: draws.scale(), zero_point: draws.zeroPoint() },
  }),
  Dequantize: (draws) => ({
    inputs: { q: draws.values([size(draws), size(draws)]) },
    attrs: { scale: draws.scale(), zero_point: draws.zeroPoint() },
  }),
  Requantize: (draws) => ({
    inputs: { q: draws.values([size(draws), size(draws)]) },
    attrs: draws.params(1),
  }),
  Conv2D: (draws, { largest }) => {
    const [groups, inner, own] = [draws.pick(1, 1, 2), draws.pick(1, 3, 4, 8, 17), size(draws)];
    const [height, width] = draws.pick([1, 1], [3, 3], [2, 3]);
    const outputs = groups * own;
    return {
      inputs: {
        x: images(draws, groups * inner, 4),
        filter: draws.values([height, width, inner, outputs], -largest, largest),
        scales: draws.scales(outputs),
        bias: draws.bias(outputs),
      },
      attrs: { ...draws.params(Math.sqrt(height * width * inner)), ...windows(draws) },
    };
  },
  DepthwiseConv2D: (draws, { largest }) => {
    const [channels, multiplier, side] = [size(draws), draws.pick(1, 1, 2), draws.pick(1, 3, 3, 5, 7)];
    return {
      inputs: {
        x: images(draws, channels, side),
        filter: draws.values([side, side, channels, multiplier], -largest, largest),
        scales: draws.scales(channels * multiplier),
        bias: draws.bias(channels * multiplier),
      },
      attrs: { ...draws.params(side), ...windows(draws) },
    };
  },
  MatMul: (draws, { largest }) => {
    const [rows, inner, columns] = [draws.pick(1, 4, 6, 13, 23, 24, 25, 30), size(draws), size(draws)];
    return {
      inputs: {
        x: draws.values([rows, inner]),
        w: draws.values([inner, columns], -largest, largest),
        scales: draws.scales(columns),
        bias: draws.bias(columns),
      },
      attrs: draws.params(Math.sqrt(inner)),
    };
  },
  BatchMatMul: (draws, { largest }) => {
    const [m, k, n] = [size(draws), size(draws), size(draws)];
    const [adj_x, adj_y] = [draws.pick(true, false), draws.pick(true, false)];
    return {
      inputs: {
        a: draws.values([2, ...(adj_x ? [k, m] : [m, k])]),
        b: draws.values([draws.pick(1, 2), ...(adj_y ? [n, k] : [k, n])], -largest, largest),
      },
      attrs: { ...pair(draws), adj_x, adj_y },
    };
  },
  Add: summing,
  Sub: summing,
  Mul: summing,
  AvgPool: pooling,
  MaxPool: pooling,
  Mean: (draws) => ({
    inputs: { x: images(draws, size(draws)) },
    attrs: {
      ...draws.params(0.5),
      axes: draws.pick([1, 2], [3], [0, 1, 2, 3]),
      keep_dims: draws.pick(true, false),
    },
  }),
  ResizeBilinear: resizing,
  ResizeNearestNeighbor: resizing,
  Table: (draws) => ({
    inputs: { x: draws.values([size(draws), size(draws)]), table: draws.values([256]) },
    attrs: {},
  }),
  Softmax: (draws) => ({
    inputs: {
      x: draws.values([draws.pick(1, 2, 5), size(draws)]),
      table: { shape: [256], data: Array.from({ length: 256 }, (_, i) => Math.floor(2 ** (30 - i / 16))) },
    },
    attrs: {},
  }),
  DynamicMatMul: (draws, { largest }) => {
    const [rows, inner, columns] = [draws.pick(1, 6, 13, 23, 24, 25, 30), size(draws), size(draws)];
    return {
      inputs: {
        x: floats(draws, [rows, inner]),
        w: draws.values([inner, columns], 1 - largest, largest),
        scales: draws.scales(columns),
      },
      attrs: dynamic(draws),
    };
  },
  DynamicConv2D: (draws, { largest }) => {
    const [inner, outputs] = [draws.pick(1, 3, 8), size(draws)];
    return {
      inputs: {
        x: floats(draws, [1, 2 + side(draws), 2 + size(draws), inner]),
        filter: draws.values([3, 3, inner, outputs], 1 - largest, largest),
        scales: draws.scales(outputs),
      },
      attrs: { ...dynamic(draws), ...windows(draws) },
    };
  },
  DynamicDepthwiseConv2D: (draws, { largest }) => {
    const channels = size(draws);
    return {
      inputs: {
        x: floats(draws, [1, 2 + side(draws), 2 + size(draws), channels]),
        filter: draws.values([3, 3, channels, 1], 1 - largest, largest),
        scales: draws.scales(channels),
      },
      attrs: { ...dynamic(draws), ...windows(draws) },
    };
  },
  DynamicBatchMatMul: (draws) => {
    const [m, k, n] = [size(draws), size(draws), size(draws)];
    return {
      inputs: { a: floats(draws, [2, m, k]), b: floats(draws, [2, k, n]) },
      attrs: dynamic(draws),
    };
  },
};

describe('kernels of integer ops write nothing before and behind their values', () => {
  let engine: Engine;
  before(async () => (engine = await useEngine()));

  for (const [name, make] of Object.entries(CASES) as [RuntimeOp, Make][]) {
    it(`${name}, and give the same whatever memory held before`, () => {
      const draws = new Draws(name.length);
      let steps = 0;
      for (let i = 0; i < ROUNDS; i++) {
        eachForm((form) => {
          const { inputs, attrs } = make(draws, form);
          steps += guarded(engine, () => expectExact(form, name, inputs, attrs));
        });
      }
      expect(steps, 'steps').to.be.at.least(ROUNDS);
    });
  }
});
