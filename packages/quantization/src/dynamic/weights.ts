import { Weight, type RuleContext, type ValueId } from '@tfjs-optimize/core';
import { channelRanges, INT8, type Range } from '../numerics/qparams.js';
import { quantizeChannels } from '../numerics/quantize.js';
import { quantizeWeightChannels, type ChannelWeights } from '../numerics/weights.js';
import type { ConstantFloats } from './constant.js';
import type { Layout, WeightUse } from './product.js';

/** A weight in whole numbers: the numbers and the step of each output channel. */
export interface QuantizedWeight {
  readonly values: ValueId;
  readonly scales: ValueId;
  /** What the sum of a row of activations is multiplied by for each channel, where numbers do not lie about 0. */
  readonly offsets: ValueId | undefined;
  /** Output channels. */
  readonly channels: number;
}

/** Weights that were quantized, so that one that several products share is quantized once. */
export class QuantizedWeights {
  private readonly made = new Map<string, QuantizedWeight>();

  /** @param keepsZeros whether the zeros of a weight, by its name, must be the number 0. */
  constructor(private readonly keepsZeros: (weight: string) => boolean) {}

  /** The weight as constants of the graph, [k, n] where it was transposed. */
  of(use: WeightUse, context: RuleContext): QuantizedWeight {
    const key = `${use.layout} ${use.value}`;
    const known = this.made.get(key);
    // Its constants go with the last product that reads them.
    if (known !== undefined && context.node(known.values) !== undefined) return known;
    const { constant, layout, value } = use;
    const { values, shape, channels } = laidOut(constant.values(), constant.shape, layout);
    const quantized = byChannel(
      values,
      channels,
      constant,
      layout.endsWith('matrix') && !this.keepsZeros(constant.name),
    );
    const { zeroPoints, scales } = quantized;
    const offsets = scales.map((scale, channel) => -scale * (zeroPoints[channel] as number));
    const isTurned = layout === 'transposed matrix';
    const options = {
      name: constant.name,
      ...(value === constant.name && { instead: value }),
      of: { weight: constant.name, ...(isTurned && { place: turned }) },
    };
    const result = {
      values: context.constant(Weight.int8(quantized.values, shape), options),
      scales: context.constant(Weight.of(scales, [channels]), { name: `${constant.name}/scale` }),
      offsets: zeroPoints.some((zero) => zero !== 0)
        ? context.constant(Weight.of(offsets, [channels]), { name: `${constant.name}/offset` })
        : undefined,
      channels,
    };
    this.made.set(key, result);
    return result;
  }
}

/**
 * A scale for each channel. What was stored as uint8 lies on steps already: a channel of at most 127 of them to either
 * side of 0 keeps its step, so that nothing is lost that was not lost before; of a matrix every channel does, unless its
 * zeros must stay zero: about another number they would add what activations lose.
 * @param values with their channels last.
 * @param movesZero whether numbers may lie about another one than 0.
 */
function byChannel(
  values: ArrayLike<number>,
  channels: number,
  { name, step }: ConstantFloats,
  movesZero: boolean,
): ChannelWeights {
  const shape = [values.length / channels, channels];
  const params = quantizeWeightChannels(values, shape, 1, name);
  if (step === undefined) return params;
  const kept = Math.fround(step);
  // Half a step more than 127 is where 128 begins; scales are max|w| / 127.
  const fits = (scale: number): boolean => scale <= kept * (127.5 / 127);
  const ranges = channelRanges(values, shape, 1);
  const scales = params.scales.map((scale) => (movesZero || fits(scale) ? kept : scale));
  const zeroPoints = Int32Array.from(params.scales, (scale, channel) =>
    movesZero && !fits(scale) ? -middle(ranges[channel] as Range, kept) : 0,
  );
  const quantized = quantizeChannels(values, shape, 1, { scales, zeroPoints }, INT8);
  return { scales, zeroPoints, values: quantized as Int8Array };
}

/** The whole number about which 256 steps hold a range: from 128 below it to 127 above. */
function middle({ min, max }: Range, step: number): number {
  return Math.ceil((Math.round(min / step) + Math.round(max / step)) / 2);
}

/** Values with their output channels last. */
function laidOut(
  values: ArrayLike<number>,
  shape: readonly number[],
  layout: Layout,
): { readonly values: ArrayLike<number>; readonly shape: readonly number[]; readonly channels: number } {
  const [before, last] = shape.slice(-2) as [number, number];
  switch (layout) {
    case 'filter':
      return { values, shape, channels: last };
    case 'depthwise filter':
      return { values, shape, channels: before * last };
    case 'matrix':
      return { values, shape: [before, last], channels: last };
    case 'transposed matrix':
      return { values: transposed(values, before, last), shape: [last, before], channels: before };
  }
}

/** A matrix with its axes swapped. */
function turned(weight: Weight): Weight {
  const [rows, columns] = weight.shape.slice(-2) as [number, number];
  const values = transposed(weight.numbers(), rows, columns);
  return Weight.of(values, [columns, rows]);
}

function transposed(values: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j] as number;
  }
  return out;
}
