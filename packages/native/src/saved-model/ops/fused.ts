import type { Shape, ValueId } from '@tfjs-optimize/core';
import type { Lowering, NodeLowering, TfAttrs } from './lowering.js';
import { biasAdd, prelu } from './elementwise.js';
import { product } from './matrices.js';
import { pointwise } from './pointwise.js';
import { depthwiseInput, windowAttrs } from './windows.js';

/*
 * Fused ops are taken apart. TensorFlow has ops of the names `_FusedConv2D` and `_FusedMatMul`, but they belong to its
 * graph optimizer: their attributes change from release to release (2.15 asks for `TArgs` of a `_FusedConv2D`, which
 * earlier ones do not have and refuse), and which activations their kernels take differs by device. The optimizer
 * makes them of the parts again, when the model is loaded, wherever the device at hand has a kernel.
 */

/** What stands before the bias. */
interface Base {
  readonly value: ValueId;
  /** Its shape where it is known. */
  readonly shape: Shape | undefined;
  /** The shape that all has in the end, where it is not that of the value; -1 for an unknown batch. */
  readonly reshaped?: Shape | undefined;
}

/** `base`, then what `fused_ops` names: BiasAdd with the first argument, then an activation. */
function fused(base: (node: NodeLowering) => Base): Lowering {
  return (node) => {
    const names = node.attr('fused_ops', 'strings') ?? [];
    const { value: before, shape, reshaped } = base(node);
    const steps = names.map((name, at) => stepOf(name, at, node));
    if (reshaped !== undefined) {
      const value = steps.reduce((x, step) => step(x, false)[0] as ValueId, before);
      return node.last('Reshape', [value, node.ints(reshaped, 'shape')]);
    }
    const last = steps.pop();
    if (last === undefined) return node.last('Identity', [before]);
    return last(
      steps.reduce((x, step) => step(x, false)[0] as ValueId, before),
      true,
    );

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

const NOT_OF_CONVOLUTIONS = ['num_args', 'fused_ops', 'epsilon', 'leakyrelu_alpha'];

function convolution(node: NodeLowering): Base {
  const attrs = windowAttrs(node, node.attrs(...NOT_OF_CONVOLUTIONS));
  const asProduct = pointwise(node, attrs);
  if (asProduct !== undefined) return asProduct;
  const value = node.op('Conv2D', [node.input(0), node.input(1)], attrs);
  return { value, shape: imagesOf(node.shape(1)?.[3]) };
}

function depthwiseConvolution(node: NodeLowering): Base {
  const [x, attrs] = depthwiseInput(node, node.attrs(...NOT_OF_CONVOLUTIONS));
  const value = node.op('DepthwiseConv2dNative', [x, node.input(1)], attrs);
  const [, , inner = -1, each = -1] = node.shape(1) ?? [];
  return { value, shape: imagesOf(inner < 0 || each < 0 ? undefined : inner * each) };
}

/** The shape of images of so many channels. */
function imagesOf(channels: number | undefined): Shape | undefined {
  return channels === undefined ? undefined : [-1, -1, -1, channels];
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
  _FusedConv2D: fused(convolution),
  FusedDepthwiseConv2dNative: fused(depthwiseConvolution),
  _FusedMatMul: fused(matrixProduct),
};
