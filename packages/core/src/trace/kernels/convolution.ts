import * as tf from '@tensorflow/tfjs';
import { attr, type Attrs } from '../../graph/node.js';
import type { CallEmitter } from '../call-emitter.js';
import type { CallView } from '../call-view.js';
import type { TensorSpec } from '../hollow.js';
import { isVarying, shapeAt } from '../numbers.js';
import { activationSuffix, applyActivation, BIAS_ONLY } from './activation.js';
import type { KernelRow, KernelRows } from './row.js';

type Four = [number, number, number, number];
type Five = [number, number, number, number, number];
type Pad =
  'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
type Rounding = 'floor' | 'round' | 'ceil';

/** Padding as kernels take it: a word, a number for all sides, or numbers for each side. */
export function padOf(call: CallView): Pad {
  const pad = call.raw('pad');
  if (pad === 'valid' || pad === 'same') return pad;
  if (Array.isArray(pad)) return call.pairs('pad') as Exclude<Pad, string | number>;
  return call.num('pad');
}

/** The padding attributes of a two-dimensional convolution, `explicit_paddings` where needed. */
function padding(call: CallView): Attrs {
  const pad = padOf(call);
  if (typeof pad === 'string') return { padding: attr.string(pad.toUpperCase()) };
  if (pad === 0) return { padding: attr.string('VALID') };
  const sides = typeof pad === 'number' ? [0, 0, pad, pad, pad, pad, 0, 0] : pad.flat();
  if (sides.some(isVarying)) call.refuse('padding that depends on the input size');
  return { padding: attr.string('EXPLICIT'), explicit_paddings: attr.ints(sides) };
}

export function rounding(call: CallView): Rounding | undefined {
  const mode = call.raw('dimRoundingMode');
  return typeof mode === 'string' ? (mode as Rounding) : undefined;
}

/** Output sizes of a two-dimensional convolution; the graph format has no rounding mode. */
function outShape(call: CallView, x: readonly number[], depthwise: boolean, mode?: Rounding): number[] {
  return tf.backend_util.computeConv2DInfo(
    x as Four,
    call.dims('filter') as Four,
    call.each('strides', 2) as [number, number],
    dilations(call) as [number, number],
    padOf(call),
    mode,
    depthwise,
    call.raw('dataFormat') === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  ).outShape;
}

function dilations(call: CallView): number[] {
  return call.raw('dilations') === undefined ? [1, 1] : call.each('dilations', 2);
}

function conv2dShape(depthwise: boolean): KernelRow['shape'] {
  return (call): TensorSpec => ({
    shape: outShape(call, call.dims('x'), depthwise, rounding(call)),
    dtype: call.dtype('x'),
  });
}

/** Attributes of a two-dimensional convolution, after checking that a graph can express it. */
function conv2dAttrs(call: CallView, depthwise: boolean): Attrs {
  if (call.raw('dataFormat') === 'NCHW') {
    call.refuse(
      "channels-first data, whose strides TensorFlow.js' graph executor reads from the wrong places",
    );
  }
  if (rounding(call) !== undefined) {
    const x = call.input('x').shape;
    const traces = call.output().shape.find(isVarying)?.at.length ?? 1;
    for (let k = 0; k < traces; k++) {
      const plain = outShape(call, shapeAt(x, k), depthwise);
      if (plain.join() !== shapeAt(call.output().shape, k).join()) {
        call.refuse(`dimRoundingMode '${rounding(call)}', which changes the output size here`);
      }
    }
  }
  const [sh, sw] = call.each('strides', 2) as [number, number];
  const [dh, dw] = dilations(call) as [number, number];
  return {
    strides: attr.ints([1, sh, sw, 1]),
    ...padding(call),
    data_format: attr.string('NHWC'),
    dilations: attr.ints([1, dh, dw, 1]),
  };
}

function conv2d(depthwise: boolean): KernelRow {
  const op = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  return {
    shape: conv2dShape(depthwise),
    convert: (call, emit) => emit.node(op, [emit.in('x'), emit.in('filter')], conv2dAttrs(call, depthwise)),
  };
}

/**
 * A convolution with bias and activation. The graph's fused op insists on a bias: without one this is
 * a convolution followed by its activation. Depthwise convolutions cannot carry a leaky slope, so
 * that activation follows the fused op; the bias stays inside, where wasm adds it before the products
 * rather than after them, which rounds differently.
 */
function fusedConv2d(depthwise: boolean): KernelRow {
  const [plain, fused] = depthwise
    ? ['DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative']
    : ['Conv2D', '_FusedConv2D'];
  return {
    shape: conv2dShape(depthwise),
    convert: (call, emit) => {
      const inputs = [emit.in('x'), emit.in('filter')];
      const attrs = conv2dAttrs(call, depthwise);
      if (!call.has('bias')) return applyActivation(call, emit, emit.node(plain, inputs, attrs));
      const activation = call.str('activation');
      const args = [emit.broadcastable('bias', 'x')];
      if (activation === 'prelu') args.push(emit.in('preluActivationWeights'));
      const separate = depthwise && activation === 'leakyrelu';
      const sums = emit.node(fused, [...inputs, ...args], {
        ...attrs,
        ...(separate ? BIAS_ONLY : activationSuffix(call)),
        num_args: attr.int(args.length),
      });
      return separate ? applyActivation(call, emit, sums) : sums;
    },
  };
}

/** Inputs of the graph op are (output shape, filter, image); the batch in the shape is computed. */
function transposed(call: CallView, emit: CallEmitter): string {
  const [sh, sw] = call.each('strides', 2) as [number, number];
  if (call.raw('dataFormat') === 'NCHW') call.refuse('channels-first data');
  if (rounding(call) !== undefined) call.refuse('a dimRoundingMode');
  return emit.node(
    'Conv2DBackpropInput',
    [emit.ints(call.opens('inputShape'), 'input_sizes'), emit.in('filter'), emit.in('dy')],
    {
      strides: attr.ints([1, sh, sw, 1]),
      ...padding(call),
      data_format: attr.string('NHWC'),
      dilations: attr.ints([1, 1, 1, 1]),
      T: attr.type(call.dtype('dy')),
    },
  );
}

const conv3d: KernelRow = {
  shape: (call) => ({
    shape: tf.backend_util.computeConv3DInfo(
      call.dims('x') as Five,
      call.dims('filter') as Five,
      call.each('strides', 3) as [number, number, number],
      call.each('dilations', 3) as [number, number, number],
      padOf(call) as 'same' | 'valid',
    ).outShape,
    dtype: call.dtype('x'),
  }),
  convert: (call, emit) => {
    const pad = padOf(call);
    if (call.raw('dataFormat') === 'NCDHW') call.refuse('channels-first data');
    if (typeof pad !== 'string' && pad !== 0)
      call.refuse('padding other than SAME and VALID in three dimensions');
    return emit.node('Conv3D', [emit.in('x'), emit.in('filter')], {
      strides: attr.ints([1, ...call.each('strides', 3), 1]),
      padding: attr.string(typeof pad === 'string' ? pad.toUpperCase() : 'VALID'),
      data_format: attr.string('NDHWC'),
      dilations: attr.ints([1, ...call.each('dilations', 3), 1]),
    });
  },
};

const dilation2d: KernelRow = {
  shape: (call) => ({
    shape: tf.backend_util.computeDilation2DInfo(
      call.dims('x') as Four,
      call.dims('filter') as [number, number, number],
      call.each('strides', 2) as [number, number],
      padOf(call) as 'same' | 'valid',
      'NHWC',
      call.each('dilations', 2) as [number, number],
    ).outShape,
    dtype: call.dtype('x'),
  }),
  convert: (call, emit) => {
    const pad = padOf(call);
    if (typeof pad !== 'string') call.refuse('padding other than SAME and VALID');
    return emit.node('Dilation2D', [emit.in('x'), emit.in('filter')], {
      strides: attr.ints([1, ...call.each('strides', 2), 1]),
      rates: attr.ints([1, ...call.each('dilations', 2), 1]),
      padding: attr.string(String(pad).toUpperCase()),
    });
  },
};

export const convolutionKernels: KernelRows = {
  Conv2D: conv2d(false),
  DepthwiseConv2dNative: conv2d(true),
  FusedConv2D: fusedConv2d(false),
  FusedDepthwiseConv2D: fusedConv2d(true),
  Conv2DBackpropInput: {
    shape: (call) => ({ shape: call.nums('inputShape'), dtype: call.dtype('dy') }),
    convert: transposed,
  },
  Conv3D: conv3d,
  Dilation2D: dilation2d,
};
