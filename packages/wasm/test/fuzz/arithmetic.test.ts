import { mean, sum } from '../../src/reference/sums.js';
import { sizeOf, type Values } from '../../src/reference/values.js';
import { batchNormBound, batchNormSumsBound, layerNormBound, stepBound } from '../support/bounds.js';
import { itHolds, type Dice } from '../support/fuzz.js';
import { expectKernel, normal, sumBound, useEngine } from '../support/tester.js';

/** Sizes below, at and above vectors and blocks, in as many axes. */
function shapeOf(dice: Dice, rank: number): number[] {
  const shape = Array.from({ length: rank }, () => dice.size(9));
  if (dice.once(3)) shape[dice.upTo(rank - 1)] = dice.pick(16, 17, 31, 33, 64, 127, 300);
  return shape;
}

function squares({ shape, data }: Values): Values {
  return { shape, data: data.map((x) => x * x) };
}

/** A shape that stretches to another. */
function stretching(dice: Dice, shape: readonly number[]): number[] {
  const kind = dice.upTo(2);
  if (kind === 0) return shape.slice(-1);
  const all = shape.map((size) => (dice.once(2) ? 1 : size));
  return kind === 1 ? all : all.slice(dice.upTo(shape.length));
}

describe('random sums, normalizations and steps', () => {
  before(useEngine);

  itHolds('sums and means agree with the reference', (dice) => {
    const shape = shapeOf(dice, 1 + dice.upTo(3));
    const first = dice.upTo(shape.length - 1);
    const last = first + dice.upTo(shape.length - 1 - first);
    const axis = Array.from({ length: last - first + 1 }, (_, i) => first + i - dice.pick(0, shape.length));
    const given = { inputs: { x: normal(shape, dice.seed) }, attrs: { axis, keepDims: dice.once(2) } };
    const terms = sizeOf(shape.slice(first, last + 1));
    expectKernel('Sum', { ...given, bound: sumBound(sum, terms) });
    // The mean of nothing is no number, and has no bound.
    if (terms > 0) expectKernel('Mean', { ...given, bound: sumBound(mean, terms) });
  });

  itHolds('batch normalizations agree with the reference', (dice) => {
    const shape = shapeOf(dice, 1 + dice.upTo(3));
    const values = (seed: number): Values => normal(stretching(dice, shape), dice.seed + seed);
    expectKernel('FusedBatchNorm', {
      inputs: {
        x: normal(shape, dice.seed),
        mean: values(1),
        variance: squares(values(2)),
        offset: dice.pick(undefined, values(3)),
        scale: dice.pick(undefined, values(4)),
      },
      attrs: { varianceEpsilon: dice.pick(1e-3, 0.1) },
      bound: batchNormBound,
    });
  });

  itHolds('the sums of gradients of batch normalizations agree with the reference', (dice) => {
    const shape = shapeOf(dice, 1 + dice.upTo(3));
    const [dy, x] = [normal(shape, dice.seed), normal(shape, dice.seed + 1)];
    expectKernel('TfjsOptimizeBatchNormSums', {
      inputs: { dy, x, mean: normal(shape.slice(-1), dice.seed) },
      bound: batchNormSumsBound,
    });
  });

  itHolds('layer normalizations agree with the reference', (dice) => {
    const shape = shapeOf(dice, 1 + dice.upTo(3));
    const columns = shape.slice(-1);
    const { data } = normal(shape, dice.seed);
    const [factor, shift] = [dice.pick(1, 1e-3, 100), dice.pick(0, 0, 10)];
    expectKernel('TfjsOptimizeLayerNorm', {
      inputs: {
        x: { shape, data: data.map((x) => x * factor + shift) },
        scale: normal(columns, dice.seed + 1),
        offset: normal(columns, dice.seed + 2),
      },
      attrs: { epsilon: dice.pick(1e-5, 1e-3, 0.1) },
      bound: layerNormBound,
    });
  });

  itHolds('steps of optimizers agree with the reference', (dice) => {
    const shape = shapeOf(dice, dice.pick(1, 2, 3));
    const values = (seed: number): Values => normal(shape, dice.seed + seed);
    const [value, gradient] = [values(1), values(2)];
    const correction = (beta: number): number => 1 - beta ** (1 + dice.upTo(20));
    expectKernel('TfjsOptimizeAdamStep', {
      inputs: { value, gradient, first: values(3), second: squares(values(4)) },
      attrs: {
        beta1: 0.9,
        beta2: 0.99,
        correction1: correction(0.9),
        correction2: correction(0.99),
        epsilon: dice.pick(1e-2, 0.1),
        rate: dice.pick(0.1, 1e-3),
      },
      bound: stepBound,
    });
    const attrs = { rate: dice.pick(0.3, 1e-3) };
    expectKernel('TfjsOptimizeDescentStep', { inputs: { value, gradient }, attrs, bound: stepBound });
  });
});
