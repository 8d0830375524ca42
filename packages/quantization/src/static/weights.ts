import { fail } from '@tfjs-optimize/core';
import { INT8_NARROW, channelRanges, checkRange, SCALE_EPSILON } from '../numerics/qparams.js';
import { quantizeChannels } from '../numerics/quantize.js';
import { roundHalfAway } from '../numerics/round.js';
import type { LinearUnit } from './units.js';

/** How scales of weights are found and stored. */
export interface WeightScales {
  /** A scale for each output channel, as the specification has it, or one for the whole kernel. */
  readonly granularity: 'channel' | 'tensor';
  /**
   * `bfloat16`: scales are rounded up to 8 significant bits, so that files hold them in two bytes; weights are quantized by
   * the rounded scale, and lose less than a hundredth of a step.
   */
  readonly scaleType: 'float32' | 'bfloat16';
}

/** The constants of an integer convolution or product. */
export interface LinearWeights {
  /** -127 to 127, in the kernel's layout. */
  readonly kernel: Int8Array;
  readonly scales: Float32Array;
  readonly bias: Int32Array | undefined;
}

/**
 * The most that a bias may be: half of int32, which leaves the other half to the products. Where a bias would be larger,
 * the channel's scale grows, as TensorFlow Lite's converter has it.
 */
const MOST_BIAS = 2 ** 30;

/**
 * Weights as signed bytes from -127 to 127, symmetric, and the bias as int32 of the scale `xScale · scales[c]`.
 * A channel of zeros gets a small scale above 0.
 *
 * @throws `quantization/range` where a weight or bias is NaN or infinite.
 */
export function quantizeLinear(
  { kernel, channels, bias, node }: Pick<LinearUnit, 'kernel' | 'channels' | 'bias' | 'node'>,
  xScale: number,
  { granularity, scaleType }: WeightScales,
): LinearWeights {
  const { values, name } = kernel;
  // Channels are last, or in the last two axes of a depthwise kernel.
  const shape = granularity === 'channel' ? [values.length / channels, channels] : [values.length, 1];
  const subject = `weight '${name}'`;
  const ranges = channelRanges(values, shape, 1);
  const offsets = bias === undefined ? undefined : Array.from(bias.values);
  checkBias(offsets, node.name);
  const scales = Float32Array.from(ranges, (range, channel) => {
    checkRange(range, granularity === 'channel' ? `${subject}, channel ${channel}` : subject);
    const widest = Math.max(-range.min, range.max) / INT8_NARROW.qmax;
    const own = granularity === 'channel' ? [offsets?.[channel] ?? 0] : (offsets ?? [0]);
    const forBias = Math.max(...own.map(Math.abs)) / (xScale * MOST_BIAS);
    const scale = Math.max(Math.fround(widest), SCALE_EPSILON);
    const enough = scale >= forBias ? scale : nextUp(forBias);
    return scaleType === 'bfloat16' ? bfloat16Up(enough) : enough;
  });
  const params = { scales, zeroPoints: new Int32Array(scales.length) };
  const quantized = quantizeChannels(values, shape, 1, params, INT8_NARROW) as Int8Array;
  const all = granularity === 'channel' ? scales : new Float32Array(channels).fill(scales[0] as number);
  return {
    kernel: quantized,
    scales: all,
    bias: offsets && Int32Array.from(offsets, (b, c) => roundHalfAway(b / (xScale * (all[c] as number)))),
  };
}

function checkBias(values: readonly number[] | undefined, node: string): void {
  const bad = values?.find((value) => !Number.isFinite(value));
  if (bad === undefined) return;
  fail('quantization/range', {
    subject: `bias of node '${node}'`,
    expected: 'finite numbers',
    got: String(bad),
    advice: 'Look for NaN or infinite weights',
  });
}

/** The least float32 that is not below a number above 0. */
function nextUp(value: number): number {
  const rounded = Math.fround(value);
  if (rounded >= value) return rounded;
  const bits = new Uint32Array(Float32Array.of(rounded).buffer);
  return new Float32Array(Uint32Array.of((bits[0] as number) + 1).buffer)[0] as number;
}

/** The least number of 8 significant bits that is not below a float32 above 0. */
export function bfloat16Up(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  return new Float32Array(Uint32Array.of(((bits + 0xffff) & 0xffff0000) >>> 0).buffer)[0] as number;
}

/** The shortest decimal number that is the same float32. */
export function shortFloat32(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Numbers of at most 8 significant bits as two bytes each. */
export function bfloat16Bytes(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint8Array(2 * values.length);
  bits.forEach((each, i) => out.set([(each >>> 16) & 0xff, each >>> 24], 2 * i));
  return out;
}
