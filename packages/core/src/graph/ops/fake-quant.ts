import { one, same, staticRule } from '../shapes/basic.js';
import type { OpRow } from './row.js';
import { byDefault, maybe, need, opt, perInput, perOutput, rest, statistic, tensor, weight } from './spec.js';

const row = {
  category: 'basic math',
  outputs: 1,
  shape: same('float32'),
  traits: [],
  fold: { kind: 'never', why: 'a program that optimizes need not have the package that runs it' },
} as const;

/** Ops by which `@tfjs-optimize/quantization` lets graphs of floats compute what integer ones will. */
export const FAKE_QUANT_OPS: Readonly<Record<string, OpRow>> = {
  TfjsOptimizeFakeQuant: {
    ...row,
    inputs: [tensor('x')],
    attrs: {
      qmin: need('int'),
      qmax: need('int'),
      scales: opt('floats'),
      zero_points: opt('ints'),
      axes: opt('ints'),
      rounding: byDefault('string', 'even'),
    },
    work: perOutput(5, '5 per output element'),
  },
  TfjsOptimizeRange: {
    ...row,
    category: 'reduction',
    inputs: [rest('x')],
    attrs: {},
    shape: staticRule('[2]', () => one([2], 'float32')),
    work: perInput(2, '2 per input element'),
  },
  TfjsOptimizeRangeParams: {
    ...row,
    inputs: [statistic('range')],
    attrs: { min: need('float'), max: need('float') },
    outputs: 2,
    shape: staticRule('two scalars', () => [...one([], 'float32'), ...one([], 'float32')]),
    work: perInput(3),
  },
  TfjsOptimizeFakeActivation: {
    ...row,
    inputs: [tensor('x'), statistic('scale'), statistic('zero_point'), rest('factors', 'statistic')],
    attrs: { divisor: need('float'), is_average: need('bool') },
    work: perOutput(8, '8 per output element'),
  },
  TfjsOptimizeFakeKernel: {
    ...row,
    inputs: [weight('kernel'), maybe(weight('scale')), maybe(statistic('variance'))],
    attrs: {
      axes: need('ints'),
      per_tensor: need('bool'),
      short_scales: need('bool'),
      epsilon: byDefault('float', 0.001),
    },
    outputs: 2,
    shape: staticRule('that of the kernel, and a scale for each channel', (view) => {
      const shape = view.shape(0);
      const channels = shape && view.ints('axes')?.reduce((count, axis) => count * (shape[axis] ?? 1), 1);
      return [...one(shape, 'float32'), ...one(channels === undefined ? undefined : [channels], 'float32')];
    }),
    work: perOutput(6, '6 per output element'),
  },
  TfjsOptimizeFakeBias: {
    ...row,
    inputs: [
      weight('bias'),
      statistic('x_scale'),
      statistic('kernel_scales'),
      maybe(weight('scale')),
      maybe(statistic('mean')),
      maybe(statistic('variance')),
      maybe(weight('inner')),
    ],
    attrs: { epsilon: byDefault('float', 0.001) },
    work: perOutput(8, '8 per output element'),
  },
  TfjsOptimizeUnfold: {
    ...row,
    category: 'normalization',
    inputs: [tensor('y'), weight('scale'), statistic('variance')],
    attrs: { epsilon: byDefault('float', 0.001) },
    work: perOutput(1, '1 per output element'),
  },
};
