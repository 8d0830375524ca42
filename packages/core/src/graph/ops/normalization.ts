import { floatOnly, same } from '../shapes/basic.js';
import { reduction } from '../shapes/reduce.js';
import type { NormalizationOp } from './names.js';
import type { OpFamily } from './row.js';
import {
  byDefault,
  flops,
  foldByRunning,
  ignored,
  perInput,
  perOutput,
  sizes,
  statistic,
  tensor,
  times,
  weight,
} from './spec.js';

const row = { category: 'normalization', outputs: 1, traits: [], fold: foldByRunning } as const;

const batchNorm = {
  ...row,
  inputs: [tensor('x'), weight('scale'), weight('offset'), statistic('mean'), statistic('variance')],
  attrs: { epsilon: byDefault('float', 0.001), data_format: ignored('string'), is_training: ignored('bool') },
  shape: same(),
  work: perOutput(2, '2 per output element (scale and shift)'),
  notes:
    'Inference only: uses the given mean and variance and makes the first output alone; channels are last.',
} as const;

const softmax = {
  ...row,
  inputs: [tensor('x')],
  attrs: {},
  shape: same('float32'),
  work: perOutput(5, '5 per output element'),
} as const;

export const normalization = {
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  LRN: {
    ...row,
    inputs: [tensor('x')],
    attrs: {
      depth_radius: byDefault('int', 5),
      bias: byDefault('float', 1),
      alpha: byDefault('float', 1),
      beta: byDefault('float', 0.5),
    },
    shape: same(),
    work: flops('2 × (2 × depth_radius + 1) + 4 per output element', (view) =>
      times(2 * (2 * view.int('depth_radius', 5) + 1) + 4, view.outputShape),
    ),
  },
  Softmax: softmax,
  LogSoftmax: softmax,
  EuclideanNorm: {
    ...row,
    inputs: [tensor('x'), sizes('axis')],
    attrs: { keep_dims: byDefault('bool', false) },
    shape: reduction(floatOnly),
    work: perInput(2),
  },
} as const satisfies OpFamily<NormalizationOp>;
