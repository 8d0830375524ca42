import type { Shape } from '../node.js';
import { ANY, addSizes, sameSize } from '../ops/dims.js';
import type { ShapeRule } from '../ops/row.js';
import type { OpView } from '../ops/view.js';
import { floatOnly, one, partialRule, staticRule, typeOfInput } from './basic.js';
import { shapeText } from '../../text/shape.js';

/* Convolutions and pools: windows that slide over the inner sizes of [batch, …, channels]. */

/** Where things are in the input: `batch, …sizes, channels` unless the channels come first. */
interface Layout {
  readonly channels: number;
  readonly inner: readonly number[];
}

function layoutOf(view: OpView, rank: number): Layout {
  const first = /^NC/i.test(view.text('data_format', ''));
  const inner = Array.from({ length: rank - 2 }, (_, i) => i + (first ? 2 : 1));
  return { channels: first ? 1 : rank - 1, inner };
}

/**
 * Size after a window of `size` elements, `dilation` apart, slid by `stride`.
 * - SAME: ⌈in / stride⌉
 * - VALID: ⌈(in − span + 1) / stride⌉, span = (size − 1)·dilation + 1
 * - explicit: ⌊(in + before + after − span) / stride⌋ + 1
 */
export function windowSize(
  input: number,
  size: number,
  stride: number,
  dilation: number,
  padding: 'SAME' | 'VALID' | readonly [number, number],
): number {
  if (input < 0) return ANY;
  if (padding === 'SAME') return Math.ceil(input / stride);
  if (size < 0) return ANY;
  const span = (size - 1) * dilation + 1;
  if (padding === 'VALID') return Math.max(Math.ceil((input - span + 1) / stride), 0);
  return Math.max(Math.trunc((input + padding[0] + padding[1] - span) / stride) + 1, 0);
}

/** Padding at axis `axis` of the input. */
function paddingAt(view: OpView, axis: number): 'SAME' | 'VALID' | readonly [number, number] {
  const padding = view.text('padding', 'VALID').toUpperCase();
  if (padding === 'SAME' || padding === 'VALID') return padding;
  const explicit = view.ints('explicit_paddings') ?? [];
  return [explicit[2 * axis] ?? 0, explicit[2 * axis + 1] ?? 0];
}

function slide(view: OpView, input: Shape, layout: Layout, window: readonly number[]): number[] {
  const strides = view.ints('strides') ?? [];
  const dilations = view.ints('dilations') ?? view.ints('rates') ?? [];
  const out = [...input];
  layout.inner.forEach((axis, i) => {
    const padding = paddingAt(view, axis);
    out[axis] = windowSize(
      input[axis] as number,
      window[i] ?? ANY,
      strides[axis] ?? 1,
      dilations[axis] ?? 1,
      padding,
    );
  });
  return out;
}

function ofRank(view: OpView, index: number, rank: number): Shape | undefined {
  const shape = view.shape(index);
  if (shape !== undefined && shape.length !== rank) {
    view.contradiction(`input ${index + 1} of rank ${rank}`, `shape ${shapeText(shape)}`);
  }
  return shape;
}

/** Convolution: the filter is [...window, channels in / groups, channels out]. */
export function convolution(rank: number): ShapeRule {
  return staticRule('windows of the filter; channels of the filter', (view) => {
    const filter = ofRank(view, 1, rank);
    const input = ofRank(view, 0, rank);
    if (input === undefined) return one(undefined, floatOnly(view));
    const layout = layoutOf(view, rank);
    checkChannels(view, input[layout.channels] as number, filter?.[rank - 2] ?? ANY);
    const out = slide(view, input, layout, filter ?? []);
    out[layout.channels] = filter?.[rank - 1] ?? ANY;
    return one(out, floatOnly(view));
  });
}

/** Grouped convolutions have filters over a divisor of the channels. */
function checkChannels(view: OpView, channels: number, perGroup: number): void {
  if (channels < 0 || perGroup <= 0 || channels % perGroup === 0) return;
  view.contradiction(`an input of a multiple of ${perGroup} channels`, String(channels));
}

/** Depthwise convolution: the filter is [height, width, channels, multiplier]. */
export const depthwise: ShapeRule = staticRule(
  'windows of the filter; channels × channel multiplier',
  (view) => {
    const filter = ofRank(view, 1, 4);
    const input = ofRank(view, 0, 4);
    if (input === undefined) return one(undefined, floatOnly(view));
    const layout = layoutOf(view, 4);
    const channels = sameSize(input[layout.channels] as number, filter?.[2] ?? ANY);
    if (channels === undefined) {
      return view.contradiction(`an input of ${filter?.[2]} channels`, String(input[layout.channels]));
    }
    const out = slide(view, input, layout, filter ?? []);
    const multiplier = filter?.[3] ?? ANY;
    out[layout.channels] = channels < 0 || multiplier < 0 ? ANY : channels * multiplier;
    return one(out, floatOnly(view));
  },
);

/** Transposed convolution: the first input is the shape of the output. */
export const transposedConvolution: ShapeRule = staticRule('given by the first input', (view) => {
  const values = view.values(0);
  const filter = view.shape(1);
  const shape = values?.map((value) => value ?? ANY) ?? [ANY, ANY, ANY, filter?.[2] ?? ANY];
  return one(shape, view.dtype(2) === 'float32' ? 'float32' : undefined);
});

/** Convolution in one dimension, whose stride and dilation are numbers. */
export const convolution1d: ShapeRule = staticRule(
  'windows of the filter; channels of the filter',
  (view) => {
    const input = ofRank(view, 0, 3);
    const filter = ofRank(view, 1, 3);
    if (input === undefined) return one(undefined, floatOnly(view));
    const padding = view.text('padding', 'VALID').toUpperCase() === 'SAME' ? 'SAME' : 'VALID';
    const [batch, width] = input as readonly [number, number, number];
    const out = windowSize(
      width,
      filter?.[0] ?? ANY,
      view.int('stride', 1),
      view.int('dilation', 1),
      padding,
    );
    return one([batch, out, filter?.[2] ?? ANY], floatOnly(view));
  },
);

/** Pools: stock TensorFlow.js takes the channels to be last, whatever `data_format` says. */
export function pool(rank: number): ShapeRule {
  return staticRule('windows of ksize', (view) => one(pooled(view, rank), view.dtype(0)));
}

function pooled(view: OpView, rank: number): Shape | undefined {
  const input = ofRank(view, 0, rank);
  if (input === undefined) return undefined;
  const inner = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const ksize = view.ints('ksize') ?? [];
  const window = inner.map((axis) => ksize[axis] ?? ANY);
  return slide(view, input, { channels: rank - 1, inner }, window);
}

export const poolWithIndexes: ShapeRule = staticRule('windows of ksize, twice', (view) => {
  const shape = pooled(view, 4);
  return [
    { shape, dtype: view.dtype(0) },
    { shape, dtype: 'int32' },
  ];
});

/** Dilation: the filter is [height, width, channels]. */
export const morphology: ShapeRule = staticRule('windows of the filter', (view) => {
  const input = ofRank(view, 0, 4);
  if (input === undefined) return one(undefined, view.dtype(0));
  return one(slide(view, input, { channels: 3, inner: [1, 2] }, ofRank(view, 1, 3) ?? []), view.dtype(0));
});

/** Blocks of the inner sizes moved to the batch, and back. */
export const spaceToBatch: ShapeRule = partialRule(
  'batch × block, padded sizes ÷ block',
  'where block or paddings are computed',
  (view) => one(blocked(view, true), typeOfInput()(view)),
);
export const batchToSpace: ShapeRule = partialRule(
  'batch ÷ block, sizes × block less crops',
  'where block or crops are computed',
  (view) => one(blocked(view, false), typeOfInput()(view)),
);

function blocked(view: OpView, toBatch: boolean): Shape | undefined {
  const input = view.shape(0);
  const block = view.numbers(1);
  const edges = view.numbers(2);
  if (input === undefined || block === undefined || edges === undefined) return undefined;
  const out = [...input];
  const blockSize = block.reduce((a, b) => a * b, 1);
  const batch = input[0] ?? ANY;
  out[0] = batch < 0 ? ANY : toBatch ? batch * blockSize : batch / blockSize;
  block.forEach((size, i) => {
    const before = edges[2 * i] ?? 0;
    const after = edges[2 * i + 1] ?? 0;
    const now = input[i + 1] ?? ANY;
    if (now < 0) out[i + 1] = ANY;
    else out[i + 1] = toBatch ? addSizes(now, before, after) / size : now * size - before - after;
  });
  return out.every(Number.isInteger)
    ? out
    : view.contradiction('sizes that blocks divide', `[${input.join(',')}]`);
}

export const depthToSpace: ShapeRule = staticRule('sizes × block, channels ÷ block²', (view) => {
  const input = ofRank(view, 0, 4);
  const block = view.attr('block_size', 'int');
  if (input === undefined || block === undefined) return one(undefined, view.dtype(0));
  const layout = layoutOf(view, 4);
  const out = [...input];
  for (const axis of layout.inner)
    out[axis] = (input[axis] as number) < 0 ? ANY : (input[axis] as number) * block;
  const channels = input[layout.channels] as number;
  out[layout.channels] = channels < 0 ? ANY : channels / (block * block);
  return one(out, view.dtype(0));
});
