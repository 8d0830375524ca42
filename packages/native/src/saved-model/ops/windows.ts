import type { ValueId } from '@tfjs-optimize/core';
import { tensorOf } from '../tensor.js';
import type { Lowering, NodeLowering, TfAttrs } from './lowering.js';

/** TensorFlow.js takes the channels of pools and transposed convolutions to be last, whatever their attributes say. */
const channelsLast =
  (...leftOut: readonly string[]): Lowering =>
  (node) =>
    node.last(node.node.op, node.all(), node.attrs('data_format', ...leftOut));

/** A convolution along one axis: along the second axis of images one high. */
const alongOne: Lowering = (node) => {
  const inner = node.scalar(1, 'int32', 'axis');
  const outer = node.scalar(0, 'int32', 'filter_axis');
  if ((node.attr('data_format', 'string') ?? 'NWC') !== 'NWC') {
    node.refuse('channels that are not last', 'Transpose the input instead');
  }
  const image = node.op('ExpandDims', [node.input(0), inner], {}, 'image');
  const filter = node.op('ExpandDims', [node.input(1), outer], {}, 'filter');
  const wide = (name: string, byDefault: number) =>
    ({ kind: 'ints', value: [1, 1, node.number(name, byDefault), 1] }) as const;
  const convolved = node.op('Conv2D', [image, filter], {
    strides: wide('stride', 1),
    dilations: wide('dilation', 1),
    padding: { kind: 'string', value: node.need('padding', 'string').toUpperCase() },
  });
  return node.last('Squeeze', [convolved], { squeeze_dims: { kind: 'ints', value: [1] } });
};

/**
 * Attributes of a convolution whose padding by numbers is left out where it is what TensorFlow pads for SAME: images of
 * even size and stride 2 are mostly padded by numbers, as Keras does it.
 */
export function windowAttrs(node: NodeLowering, attrs: TfAttrs): TfAttrs {
  const { explicit_paddings: sides, padding, strides, ...others } = attrs;
  const [x, filter] = [node.shape(0), node.shape(1)];
  if (padding?.kind !== 'string' || padding.value !== 'EXPLICIT') {
    return { ...others, ...(padding && { padding }), ...(strides && { strides }) };
  }
  if (sides?.kind !== 'ints' || strides?.kind !== 'ints' || x?.length !== 4 || filter === undefined)
    return attrs;
  const dilations = node.attr('dilations', 'ints') ?? [1, 1, 1, 1];
  const isSame = [0, 1, 2, 3].every((axis) => {
    const given = sides.value.slice(2 * axis, 2 * axis + 2);
    const wanted = axis === 1 || axis === 2 ? samePadding(axis) : [0, 0];
    return wanted !== undefined && given[0] === wanted[0] && given[1] === wanted[1];
  });
  return isSame ? { ...others, strides, padding: { kind: 'string', value: 'SAME' } } : attrs;

  /** What SAME pads before and behind an axis; undefined where its size is unknown. */
  function samePadding(axis: 1 | 2): readonly [number, number] | undefined {
    const size = x?.[axis] ?? -1;
    const window = filter?.[axis - 1] ?? -1;
    const stride = strides?.kind === 'ints' ? (strides.value[axis] ?? 1) : 1;
    if (size < 1 || window < 1) return undefined;
    const reach = (window - 1) * (dilations[axis] ?? 1) + 1;
    const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    return [all >> 1, all - (all >> 1)];
  }
}

/**
 * Input and attributes of a depthwise convolution. TensorFlow's kernels take one stride for both axes. Padding by
 * numbers becomes a Pad: with a bias behind, the optimizer of TensorFlow 2.15 makes a kernel of it that ends the process.
 */
export function depthwiseInput(node: NodeLowering, attrs: TfAttrs): readonly [x: ValueId, attrs: TfAttrs] {
  const strides = node.attr('strides', 'ints') ?? [];
  if (strides[1] !== strides[2]) {
    node.refuse(`strides of ${strides.join(', ')}`, 'Use one stride for both axes of depthwise convolutions');
  }
  const { explicit_paddings: _, ...others } = windowAttrs(node, attrs);
  if (others['padding']?.kind !== 'string' || others['padding'].value !== 'EXPLICIT')
    return [node.input(0), others];
  const sides = node.constant(tensorOf('int32', node.need('explicit_paddings', 'ints'), [4, 2]), 'sides');
  const padded = node.op('Pad', [node.input(0), sides], {}, 'padded');
  return [padded, { ...others, padding: { kind: 'string', value: 'VALID' } }];
}

const depthwise: Lowering = (node) => {
  const [x, attrs] = depthwiseInput(node, node.attrs());
  return node.last('DepthwiseConv2dNative', [x, node.input(1)], attrs);
};

/** TensorFlow's kernels find places as int64. */
const poolWithPlaces: Lowering = (node) => {
  const attrs = { ...node.attrs('data_format'), Targmax: { kind: 'type', value: 'int64' } } as const;
  return node.last('MaxPoolWithArgmax', node.all(), attrs);
};

export const windows: Readonly<Record<string, Lowering>> = {
  AvgPool: channelsLast(),
  AvgPool3D: channelsLast(),
  Conv1D: alongOne,
  Conv2DBackpropInput: channelsLast('dilations'),
  DepthwiseConv2d: depthwise,
  DepthwiseConv2dNative: depthwise,
  MaxPool: channelsLast('explicit_paddings'),
  MaxPool3D: channelsLast(),
  MaxPoolWithArgmax: poolWithPlaces,
};
