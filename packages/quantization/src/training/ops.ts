import * as tf from '@tensorflow/tfjs';
import { rounded } from '../fake/op.js';
import { INT8, INT8_NARROW, SCALE_EPSILON } from '../numerics/qparams.js';

/** Ops of graphs that are trained for int8; core's table has a row for each. */
export const OPS = {
  /** The least and greatest of all inputs, as two numbers. */
  range: 'TfjsOptimizeRange',
  /** Scale and zero point of a range. */
  rangeParams: 'TfjsOptimizeRangeParams',
  activation: 'TfjsOptimizeFakeActivation',
  /** A kernel, times the factor of the batch normalization behind it, and its scales. */
  kernel: 'TfjsOptimizeFakeKernel',
  bias: 'TfjsOptimizeFakeBias',
  /** Takes the factor of a batch normalization out of sums again. */
  unfold: 'TfjsOptimizeUnfold',
} as const;

const ALL: ReadonlySet<string> = new Set(Object.values(OPS));

/** Whether an op is one of {@link OPS}. */
export function isTrainingOp(op: string): boolean {
  return ALL.has(op);
}

/** How sums become the int8 values of an activation. */
interface ActivationParams {
  readonly scale: tf.Tensor;
  readonly zeroPoint: tf.Tensor;
  /** Scales whose product is that of the sums; none where there is no multiplier. */
  readonly factors: readonly tf.Tensor[];
  /** What the sums are divided by. */
  readonly divisor: number;
  /** Whether they are means of int8 values of the same scale. */
  readonly isAverage: boolean;
}

/** Nearer to a half, in steps, than means of up to 512 whole numbers can be without being one. */
const HALF = 2 ** -11;

/**
 * What int8 values stand for, straight-through: the gradient is that of x where the value is not clamped, else 0
 * (Bengio et al. 2013, Jacob et al. 2018). Rounded as the integer op will: sums twice, first where the multiplier of 31
 * bits ends and then where its shift does; means of int8 values away from the int8 zero.
 */
function fakeActivation(x: tf.Tensor, params: ActivationParams): tf.Tensor {
  const { scale, zeroPoint } = params;
  const op = tf.customGrad((given, save) => {
    const remember = save as (tensors: tf.Tensor[]) => void;
    const level = levelOf(tf.div(given as tf.Tensor, scale), params);
    const clamped = tf.clipByValue(level, INT8.qmin, INT8.qmax);
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

function levelOf(steps: tf.Tensor, params: ActivationParams): tf.Tensor {
  const { zeroPoint, factors, isAverage } = params;
  if (isAverage) {
    const level = tf.add(steps, zeroPoint);
    const half = tf.div(tf.round(tf.mul(level, 2)), 2);
    return rounded(tf.where(tf.less(tf.abs(tf.sub(level, half)), HALF), half, level), 'away');
  }
  return tf.add(rounded(factors.length === 0 ? steps : roundedFirst(steps, params), 'away'), zeroPoint);
}

/** Rounds to what is left behind a multiplier of 31 bits and before its shift, halves up. */
function roundedFirst(steps: tf.Tensor, { factors, scale, divisor }: ActivationParams): tf.Tensor {
  const real = tf.div(
    factors.reduce((a, b) => tf.mul(a, b)),
    tf.mul(scale, divisor),
  );
  const shift = tf.neg(tf.add(tf.floor(tf.div(tf.log(real), Math.LN2)), 1));
  const power = tf.pow(2, tf.relu(shift));
  return tf.div(tf.floor(tf.add(tf.mul(steps, power), 0.5)), power);
}

/** {@link qparams} of a range as a tensor: the same bits. */
function rangeParams(range: tf.Tensor, wider: { readonly min: number; readonly max: number }): tf.Tensor[] {
  const [first, last] = tf.unstack(range) as [tf.Tensor, tf.Tensor];
  const min = tf.minimum(first, Math.min(wider.min, 0));
  const max = tf.maximum(last, Math.max(wider.max, 0));
  const width = tf.sub(max, min);
  const scale = tf.maximum(tf.div(width, INT8.qmax - INT8.qmin), SCALE_EPSILON);
  const zeroPoint = tf.sub(INT8.qmin, tf.round(tf.div(min, scale)));
  // A range of nothing but zero has the scale 1.
  const isNone = tf.cast(tf.equal(width, 0), 'float32');
  return [
    tf.add(tf.mul(scale, tf.sub(1, isNone)), isNone),
    tf.mul(tf.clipByValue(zeroPoint, INT8.qmin, INT8.qmax), tf.sub(1, isNone)),
  ];
}

/** How kernels are quantized. */
interface KernelParams {
  /** Axes that count output channels. */
  readonly axes: readonly number[];
  readonly isPerTensor: boolean;
  /** Whether scales are rounded up to 8 significant bits. */
  readonly isShort: boolean;
  /** What a channel is multiplied by first. */
  readonly factor: tf.Tensor | undefined;
}

/** A kernel as whole numbers times scales, symmetric, and the scale of each channel. */
function fakeKernel(kernel: tf.Tensor, { axes, isPerTensor, isShort, factor }: KernelParams): tf.Tensor[] {
  const shape = kernel.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const channels = shape.reduce((a, b) => a * b, 1);
  const folded = factor === undefined ? kernel : tf.mul(kernel, tf.reshape(factor, shape));
  const others = kernel.shape.flatMap((_, axis) => (isPerTensor || !axes.includes(axis) ? [axis] : []));
  const own = tf.maximum(tf.div(tf.max(tf.abs(folded), others, true), INT8_NARROW.qmax), SCALE_EPSILON);
  const scales = isShort ? shortened(own) : own;
  return [onGrid(folded, scales), tf.reshape(tf.add(tf.zeros(shape), scales), [channels])];
}

/** The nearest whole multiples of scales that are at most 127 of them, straight-through; halves go to even ones. */
function onGrid(x: tf.Tensor, scales: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((given) => {
    const levels = tf.clipByValue(
      tf.round(tf.div(given as tf.Tensor, scales)),
      INT8_NARROW.qmin,
      INT8_NARROW.qmax,
    );
    // The scale is that of the greatest: nothing is clamped.
    return { value: tf.mul(levels, scales), gradFunc: (dy: tf.Tensor) => [dy] };
  });
  return op(x);
}

/** The least numbers of 8 significant bits that are not below numbers above 0. */
function shortened(x: tf.Tensor): tf.Tensor {
  const guess = tf.pow(2, tf.floor(tf.div(tf.log(x), Math.LN2)));
  // The logarithm may be off next to a power of two; powers of two divide without an error.
  const high = tf.where(tf.greaterEqual(tf.div(x, guess), 2), tf.mul(guess, 2), guess);
  const power = tf.where(tf.less(tf.div(x, high), 1), tf.div(high, 2), high);
  return tf.mul(tf.div(tf.ceil(tf.mul(tf.div(x, power), 128)), 128), power);
}

/**
 * What a batch normalization multiplies by: scale / √(variance + epsilon), of what was seen, not of the batch. These
 * operations round to the nearest float32 everywhere, so that the factor is the same where it is folded for good.
 */
function foldFactor(scale: tf.Tensor, variance: tf.Tensor, epsilon: number): tf.Tensor {
  const factor = tf.div(scale, tf.sqrt(tf.add(variance, epsilon)));
  return tf.add(factor, isZero(factor));
}

/**
 * 1 where a number is 0, as a constant: a channel that is scaled by nothing says nothing of its kernel, and nothing is
 * divided by 0.
 */
const isZero = tf.customGrad((x) => ({
  value: tf.cast(tf.equal(x as tf.Tensor, 0), 'float32'),
  gradFunc: (dy: tf.Tensor) => [tf.zerosLike(dy)],
}));

/** A bias as a whole number of steps, straight-through. @param moved what is added to it before it is rounded. */
function fakeBias(bias: tf.Tensor, scales: tf.Tensor, moved: tf.Tensor | undefined): tf.Tensor {
  const op = tf.customGrad((given) => {
    const value = given as tf.Tensor;
    const all = moved === undefined ? value : tf.add(moved, value);
    const error = tf.sub(tf.mul(rounded(tf.div(all, scales), 'away'), scales), all);
    return {
      value: tf.add(value, error),
      gradFunc: (dy: tf.Tensor) => [
        dy.size === value.size ? tf.reshape(dy, value.shape) : tf.reshape(tf.sum(dy), value.shape),
      ],
    };
  });
  return op(bias);
}

let isRegistered = false;

/** Lets TensorFlow.js run graphs with {@link OPS}. Calling it again does nothing. */
export function registerTrainingOps(): void {
  if (isRegistered) return;
  isRegistered = true;
  const register = (
    name: string,
    run: (inputs: readonly tf.Tensor[], attrs: Readonly<Record<string, unknown>>) => tf.Tensor[] | tf.Tensor,
  ): void =>
    void tf.registerOp(name, ({ inputs, attrs }) => {
      let many: tf.Tensor[] = [];
      tf.tidy(() => (many = [run(inputs, attrs)].flat()));
      return many;
    });
  register(OPS.range, (inputs) =>
    tf.stack([
      inputs.map((x) => tf.min(x)).reduce((a, b) => tf.minimum(a, b)),
      inputs.map((x) => tf.max(x)).reduce((a, b) => tf.maximum(a, b)),
    ]),
  );
  register(OPS.rangeParams, ([range], { min, max }) =>
    rangeParams(range as tf.Tensor, { min: min as number, max: max as number }),
  );
  register(OPS.activation, ([x, scale, zeroPoint, ...factors], { divisor, is_average: isAverage }) =>
    fakeActivation(x as tf.Tensor, {
      scale: scale as tf.Tensor,
      zeroPoint: zeroPoint as tf.Tensor,
      factors,
      divisor: divisor as number,
      isAverage: isAverage as boolean,
    }),
  );
  register(
    OPS.kernel,
    ([kernel, scale, variance], { axes, per_tensor: isPerTensor, short_scales: isShort, epsilon }) =>
      fakeKernel(kernel as tf.Tensor, {
        axes: axes as readonly number[],
        isPerTensor: isPerTensor as boolean,
        isShort: isShort as boolean,
        factor:
          scale === undefined || variance === undefined
            ? undefined
            : foldFactor(scale, variance, epsilon as number),
      }),
  );
  register(OPS.bias, ([bias, x, kernel, scale, mean, variance, inner], { epsilon }) => {
    const scales = tf.mul(x as tf.Tensor, kernel as tf.Tensor);
    if (scale === undefined || mean === undefined || variance === undefined) {
      return fakeBias(bias as tf.Tensor, scales, undefined);
    }
    const factor = tf.div(scale, tf.sqrt(tf.add(variance, epsilon as number)));
    const at = inner === undefined ? tf.neg(mean) : tf.sub(tf.reshape(inner, mean.shape), mean);
    return fakeBias(bias as tf.Tensor, scales, tf.mul(at, factor));
  });
  register(OPS.unfold, ([y, scale, variance], { epsilon }) => {
    const factor = foldFactor(scale as tf.Tensor, variance as tf.Tensor, epsilon as number);
    return tf.div(y as tf.Tensor, tf.reshape(factor, [factor.size]));
  });
}
