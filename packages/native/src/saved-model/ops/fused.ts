import type { Shape, ValueId } from '@tfjs-optimize/core';
import type { Lowering, NodeLowering, TfAttrs } from './lowering.js';
import { biasAdd, prelu } from './elementwise.js';
import { product } from './matrices.js';
import { depthwiseInput } from './windows.js';

/*
 * Fused ops are taken apart. TensorFlow has ops of the names `_FusedConv2D` and `_FusedMatMul`, but they belong to its
 * graph optimizer: their attributes change from release to release (2.15 asks for `TArgs` of a `_FusedConv2D`, which
 * earlier ones do not have and refuse), and which activations their kernels take differs by device. The optimizer
 * makes them of the parts again, when the model is loaded, wherever the device at hand has a kernel.
 */

/** What stands before the bias: a value, and its shape where it is known. */
interface Base {
  readonly value: ValueId;
  readonly shape: Shape | undefined;
}

/** `base`, then what `fused_ops` names: BiasAdd with the first argument, then an activation. */
function fused(base: (node: NodeLowering) => Base): Lowering {
  return (node) => {
    const names = node.attr('fused_ops', 'strings') ?? [];
    const { value: before, shape } = base(node);
    if (names.length === 0) return node.last('Identity', [before]);
    const [last, ...others] = names.map((name, at) => stepOf(name, at, node)).reverse() as [Step, ...Step[]];
    const value = others.reduceRight((x, step) => step(x, false)[0] as ValueId, before);
    return last(value, true);

    function stepOf(name: string, at: number, within: NodeLowering): Step {
      const put = (
        op: string,
        inputs: readonly ValueId[],
        attrs: TfAttrs,
        isLast: boolean,
      ): readonly ValueId[] => (isLast ? within.last(op, inputs, attrs) : [within.op(op, inputs, attrs)]);
      if (at === 0 && name === 'BiasAdd') {
        return (x, isLast) => put(biasAdd(within, 2, shape), [x, within.input(2)], {}, isLast);
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

function convolution(
  op: 'Conv2D' | 'DepthwiseConv2dNative',
  channels: (filter: Shape) => number,
): (node: NodeLowering) => Base {
  return (node) => {
    const given = node.attrs('num_args', 'fused_ops', 'epsilon', 'leakyrelu_alpha');
    const [x, attrs] = op === 'Conv2D' ? [node.input(0), given] : depthwiseInput(node, given);
    const filter = node.shape(1);
    return {
      value: node.op(op, [x, node.input(1)], attrs),
      shape: filter === undefined ? undefined : [-1, -1, -1, channels(filter)],
    };
  };
}

function matrixProduct(node: NodeLowering): Base {
  const [op, attrs] = product(node);
  const isTransposed = node.attr('transpose_b', 'bool') ?? false;
  const columns = node.shape(1)?.at(isTransposed ? -2 : -1) ?? -1;
  const rank = node.rank(0);
  return {
    value: node.op(op, [node.input(0), node.input(1)], attrs),
    shape: rank === undefined ? undefined : [...new Array<number>(rank - 1).fill(-1), columns],
  };
}

export const fusedOps: Readonly<Record<string, Lowering>> = {
  _FusedConv2D: fused(convolution('Conv2D', ([, , , out = -1]) => out)),
  FusedDepthwiseConv2dNative: fused(
    convolution('DepthwiseConv2dNative', ([, , inner = -1, each = -1]) =>
      inner < 0 || each < 0 ? -1 : inner * each,
    ),
  ),
  _FusedMatMul: fused(matrixProduct),
};
