import type { Lowering, NodeLowering, TfAttrs } from './lowering.js';

/**
 * The product of two matrices, or of stacks of them: MatMul of TensorFlow.js takes both, that of TensorFlow only the
 * first.
 */
export function product(node: NodeLowering): readonly [op: string, attrs: TfAttrs] {
  const flag = (name: string) => ({ kind: 'bool', value: node.attr(name, 'bool') ?? false }) as const;
  const [a, b] = [flag('transpose_a'), flag('transpose_b')];
  const isFlat = node.rank(0) === 2 && node.rank(1) === 2;
  return isFlat ? ['MatMul', { transpose_a: a, transpose_b: b }] : ['BatchMatMulV2', { adj_x: a, adj_y: b }];
}

export const matrices: Readonly<Record<string, Lowering>> = {
  MatMul: (node) => {
    const [op, attrs] = product(node);
    return node.last(op, node.all(), attrs);
  },
  BatchMatMul: (node) => node.last('BatchMatMulV2', node.all(), node.attrs()),
};
