import {
  einsum,
  einsumLabels,
  einsumSizes,
  matrixProduct,
  productSizes,
  transposed,
  type TransposeFlags,
} from '../shapes/matrix.js';
import { same } from '../shapes/basic.js';
import { multiplySizes, sizeOf } from './dims.js';
import type { MatrixOp } from './names.js';
import type { OpFamily } from './row.js';
import { byDefault, foldByRunning, macs, need, noWork, number, rest, sizes, tensor, weight } from './spec.js';
import type { OpView } from './view.js';

const TRANSPOSE: TransposeFlags = ['transpose_a', 'transpose_b'];
const ADJOINT: TransposeFlags = ['adj_x', 'adj_y'];
const PRODUCT_TEXT = 'MACs: batch × m × k × n';

function productMacs(flags: TransposeFlags) {
  return (view: OpView): number | undefined => {
    const found = productSizes(view, flags);
    const total = found && multiplySizes(sizeOf(found.batch), found.m, found.k, found.n);
    return total === undefined || total < 0 ? undefined : total;
  };
}

const row = { category: 'matrices', outputs: 1, traits: [], fold: foldByRunning } as const;

const batchMatMul = {
  ...row,
  inputs: [tensor('a'), tensor('b')],
  attrs: { adj_x: byDefault('bool', false), adj_y: byDefault('bool', false) },
  shape: matrixProduct(ADJOINT),
  work: macs(PRODUCT_TEXT, productMacs(ADJOINT)),
} as const;

export const matrices = {
  MatMul: {
    ...row,
    inputs: [tensor('a'), weight('b')],
    attrs: { transpose_a: byDefault('bool', false), transpose_b: byDefault('bool', false) },
    shape: matrixProduct(TRANSPOSE),
    work: macs(PRODUCT_TEXT, productMacs(TRANSPOSE)),
  },
  _FusedMatMul: {
    ...row,
    inputs: [tensor('a'), weight('b'), rest('args', 'weight')],
    attrs: {
      num_args: need('int'),
      fused_ops: byDefault('strings', []),
      epsilon: byDefault('float', 0.0001),
      transpose_a: byDefault('bool', false),
      transpose_b: byDefault('bool', false),
      leakyrelu_alpha: byDefault('float', 0.2),
    },
    shape: matrixProduct(TRANSPOSE),
    work: macs(
      `${PRODUCT_TEXT}; 1 per output and fused op`,
      productMacs(TRANSPOSE),
      (view) => view.attr('fused_ops', 'strings')?.length ?? 0,
    ),
    notes:
      'fused_ops is BiasAdd, then at most one activation. On wasm in TensorFlow.js 4.22 wrong with ' +
      'transpose_b or a batch.',
  },
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  Transpose: {
    ...row,
    inputs: [tensor('x'), sizes('perm')],
    attrs: {},
    shape: transposed,
    work: noWork,
  },
  Einsum: {
    ...row,
    inputs: [rest('tensors')],
    attrs: { equation: need('string'), N: byDefault('int', 2) },
    shape: einsum,
    work: macs('MACs: product of the sizes of all labels', (view) => {
      const labels = einsumLabels(view.text('equation', ''));
      const found = labels && einsumSizes(view);
      const total = found && multiplySizes(...found.values());
      return total === undefined || total < 0 ? undefined : total;
    }),
    notes: 'No ellipsis; at most two operands.',
  },
  MatrixBandPart: {
    ...row,
    inputs: [tensor('a'), number('numLower'), number('numUpper')],
    attrs: {},
    shape: same(),
    work: noWork,
    notes: 'Stock TensorFlow.js 4.22 takes numLower for numUpper, too.',
  },
} as const satisfies OpFamily<MatrixOp>;
