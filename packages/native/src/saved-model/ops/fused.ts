import type { ValueId } from '@tfjs-optimize/core';
import type { Lowering, NodeLowering, TfAttrs } from './lowering.js';
import { biasAdd, prelu } from './elementwise.js';
import { product } from './matrices.js';

/*
 * Fused ops are taken apart. TensorFlow has ops of the names `_FusedConv2D` and `_FusedMatMul`, but they belong to its
 * graph optimizer: their attributes change from release to release (`TArgs` of `_FusedConv2D` came after 2.9, which
 * tfjs-node 4.22 brings, and a file with it does not load there), `_FusedMatMul` has no kernel for GPUs in that
 * release, and no kernel takes every activation. The optimizer makes them of the parts again, when the model is
 * loaded, wherever the device at hand has a kernel.
 */

/** `base`, then what `fused_ops` names: BiasAdd with the first argument, then an activation. */
function fused(
  base: (node: NodeLowering) => ValueId,
  rank: (node: NodeLowering) => number | undefined,
): Lowering {
  return (node) => {
    const names = node.attr('fused_ops', 'strings') ?? [];
    if (names.length === 0) return node.last('Identity', [base(node)]);
    const [last, ...others] = names.map((name, at) => stepOf(name, at, node)).reverse() as [Step, ...Step[]];
    const value = others.reduceRight((x, step) => step(x, false)[0] as ValueId, base(node));
    return last(value, true);

    function stepOf(name: string, at: number, within: NodeLowering): Step {
      const put = (
        op: string,
        inputs: readonly ValueId[],
        attrs: TfAttrs,
        isLast: boolean,
      ): readonly ValueId[] => (isLast ? within.last(op, inputs, attrs) : [within.op(op, inputs, attrs)]);
      if (at === 0 && name === 'BiasAdd') {
        return (x, isLast) => put(biasAdd(within, 2, rank(within)), [x, within.input(2)], {}, isLast);
      }
      if (name === 'Prelu') return (x) => prelu(within, x, within.input(3));
      if (name === 'LeakyRelu') {
        const alpha = within.number('leakyrelu_alpha', 0.2);
        return (x, isLast) => put('LeakyRelu', [x], { alpha: { kind: 'float', value: alpha } }, isLast);
      }
      if (['Relu', 'Relu6', 'Elu', 'Sigmoid', 'Tanh'].includes(name))
        return (x, isLast) => put(name, [x], {}, isLast);
      return within.refuse(
        `the fused op ${name} in place ${at + 1}`,
        'Save the model without fusing it: fused_ops may be BiasAdd and one activation',
      );
    }
  };
}

type Step = (x: ValueId, isLast: boolean) => readonly ValueId[];

function convolution(op: 'Conv2D' | 'DepthwiseConv2dNative'): (node: NodeLowering) => ValueId {
  return (node) =>
    node.op(
      op,
      [node.input(0), node.input(1)],
      node.attrs('num_args', 'fused_ops', 'epsilon', 'leakyrelu_alpha'),
    );
}

const four = (): number => 4;

export const fusedOps: Readonly<Record<string, Lowering>> = {
  _FusedConv2D: fused(convolution('Conv2D'), four),
  FusedDepthwiseConv2dNative: fused(convolution('DepthwiseConv2dNative'), four),
  _FusedMatMul: fused(
    (node) => {
      const [op, attrs] = product(node);
      return node.op(op, [node.input(0), node.input(1)], attrs);
    },
    (node) => node.rank(0),
  ),
};
