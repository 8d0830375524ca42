import * as tf from '@tensorflow/tfjs';
import { fail } from '@tfjs-optimize/core';
import type { Levels } from '../numerics/qparams.js';
import type { Rounding } from '../numerics/round.js';

/** The op of graphs that quantizes and dequantizes; its row in core's table has the same name. */
export const FAKE_QUANT = 'TfjsOptimizeFakeQuant';

/** How {@link fakeQuant} quantizes. */
export interface FakeQuantParams extends Levels {
  /**
   * One scale for the whole tensor, or one for each channel along `axes`, in row-major order; none: symmetric ones
   * from the tensor itself, max|x| / qmax, as weights have them. The greatest of a channel of zeros counts as 2^-23 · qmax.
   */
  readonly scales?: readonly number[] | undefined;
  /** As many as there are scales; all 0 unless told. */
  readonly zeroPoints?: readonly number[] | undefined;
  /** Axes that count channels; none for one scale. */
  readonly axes?: readonly number[] | undefined;
  readonly rounding?: Rounding | undefined;
  /** Divide by the scale, unless told, or multiply by its float32 reciprocal, as PyTorch does. */
  readonly by?: 'division' | 'reciprocal' | undefined;
}

/**
 * What a tensor is after it was held in whole numbers: `(clamp(round(x / scale) + zeroPoint) - zeroPoint) · scale`. Its
 * gradient is that of x where the level was within qmin and qmax, else 0 (straight-through: Bengio et al. 2013, Jacob
 * et al. 2018); scales are taken as constants.
 * @param x float32 of any shape, which is the result's, too.
 */
export function fakeQuant(x: tf.Tensor, params: FakeQuantParams): tf.Tensor {
  const { qmin, qmax, rounding = 'even', by = 'division' } = params;
  const op = tf.customGrad((given, save) => {
    const value = given as tf.Tensor;
    const remember = save as (tensors: tf.Tensor[]) => void;
    const scale = scaleOf(value, params);
    const zeroPoint = channelTensor(value, params.zeroPoints ?? [0], params);
    const steps = by === 'division' ? tf.div(value, scale) : tf.mul(value, tf.div(1, scale));
    const level = tf.add(rounded(steps, rounding), zeroPoint);
    const clamped = tf.clipByValue(level, qmin, qmax);
    remember([tf.equal(level, clamped)]);
    return {
      value: tf.mul(tf.sub(clamped, zeroPoint), scale),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [passes] = saved as [tf.Tensor];
        return [tf.mul(dy, tf.cast(passes, 'float32'))];
      },
    };
  });
  return op(x);
}

/** Rounds; there is no gradient. */
export function rounded(x: tf.Tensor, rounding: Rounding): tf.Tensor {
  if (rounding === 'even') return tf.round(x);
  const magnitude = tf.abs(x);
  const below = tf.floor(magnitude);
  // Adding a half to all would round what is just below a half up.
  const up = tf.cast(tf.greaterEqual(tf.sub(magnitude, below), 0.5), 'float32');
  return tf.mul(tf.sign(x), tf.add(below, up));
}

function scaleOf(x: tf.Tensor, params: FakeQuantParams): tf.Tensor {
  if (params.scales !== undefined) return channelTensor(x, params.scales, params);
  const others = x.shape.flatMap((_, axis) => (params.axes?.includes(axis) ? [] : [axis]));
  const greatest = others.length === 0 ? tf.abs(x) : tf.max(tf.abs(x), others, true);
  return tf.maximum(tf.div(greatest, params.qmax), 2 ** -23);
}

/** Numbers as a tensor that broadcasts: a scalar, or one number for each channel. */
function channelTensor(x: tf.Tensor, values: readonly number[], { axes = [] }: FakeQuantParams): tf.Tensor {
  if (values.length === 1) return tf.scalar(values[0] as number);
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const channels = shape.reduce((a, b) => a * b, 1);
  if (channels !== values.length) {
    fail('argument/invalid', {
      subject: 'fakeQuant',
      expected: `${channels} scales and zero points for axes ${axes.join(', ')} of [${x.shape.join(',')}]`,
      got: String(values.length),
    });
  }
  return tf.tensor([...values], shape, 'float32');
}

let isRegistered = false;

/** Lets TensorFlow.js run graphs with {@link FAKE_QUANT}. Calling it again does nothing. */
export function registerFakeQuantOp(): void {
  if (isRegistered) return;
  isRegistered = true;
  tf.registerOp(FAKE_QUANT, ({ inputs, attrs }) => {
    const numbers = (name: string): number[] | undefined => {
      const list = attrs[name] as number[] | undefined;
      return list === undefined || list.length === 0 ? undefined : list;
    };
    const params: FakeQuantParams = {
      qmin: attrs['qmin'] as number,
      qmax: attrs['qmax'] as number,
      rounding: (attrs['rounding'] as Rounding | undefined) ?? 'even',
      scales: numbers('scales'),
      zeroPoints: numbers('zero_points'),
      axes: numbers('axes'),
    };
    const [x] = inputs as [tf.Tensor];
    return tf.tidy(() => fakeQuant(x, params));
  });
}
