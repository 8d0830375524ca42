import { same } from '../shapes/basic.js';
import { DYNAMIC_INTEGER_OPS } from './dynamic-integer.js';
import { FAKE_QUANT_OPS } from './fake-quant.js';
import { INTEGER_OPS } from './integer.js';
import type { OpRow } from './row.js';
import { byDefault, perOutput, tensor, weight } from './spec.js';

const row = {
  outputs: 1,
  shape: same('float32'),
  fold: { kind: 'never', why: 'a program that optimizes need not have the package that runs it' },
} as const;

/**
 * Ops beyond those of stock TensorFlow.js: `@tfjs-optimize/wasm` registers its own when it is imported, and
 * `@tfjs-optimize/runtime` those of integer graphs when one is loaded, `@tfjs-optimize/quantization` fake quantization
 * where it makes graphs with it.
 */
export const OWN_OPS: Readonly<Record<string, OpRow>> = {
  ...INTEGER_OPS,
  ...DYNAMIC_INTEGER_OPS,
  TfjsOptimizeGelu: {
    ...row,
    category: 'basic math',
    inputs: [tensor('x')],
    attrs: { approximate: byDefault('bool', false) },
    traits: ['elementwise'],
    work: perOutput(5, '5 per output element'),
  },
  TfjsOptimizeLayerNorm: {
    ...row,
    category: 'normalization',
    inputs: [tensor('x'), weight('scale'), weight('offset')],
    attrs: { epsilon: byDefault('float', 0.001) },
    traits: [],
    work: perOutput(8, '8 per output element'),
  },
  ...FAKE_QUANT_OPS,
};
