import { fail, shapeText, Weight } from '@tfjs-optimize/core';
import { checkWeight, needTensor, type StateDict } from './state-dict.js';

/** Parameters of a batch normalization, [channels] each, by the names that TensorFlow.js gives them. */
export interface BatchNormWeights {
  readonly gamma: Weight;
  readonly beta: Weight;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

/**
 * Tensors of PyTorch in the layout of TensorFlow.js. Values are moved, not computed: floats of 16 bits stay so.
 * All throw `models/weight` where a tensor has another number of axes, `argument/invalid` for what is no `Weight`.
 */
export const fromPyTorch = {
  /** The weight of a Linear layer, [out, in], as the [in, out] of a product from the right. */
  linear: (weight: Weight): Weight => permuted(weight, [1, 0], 'linear'),
  /** The weight of a Conv1d, [out, in, length], as [length, in, out]. */
  conv1d: (weight: Weight): Weight => permuted(weight, [2, 1, 0], 'conv1d'),
  /** The weight of a Conv2d without groups, [out, in, height, width], as [height, width, in, out]. */
  conv2d: (weight: Weight): Weight => permuted(weight, [2, 3, 1, 0], 'conv2d'),
  /**
   * The weight of a Conv2d with a group for each input channel, [channels · multiplier, 1, height, width], as
   * [height, width, channels, multiplier].
   * @param given channels of the input; as many as of the output unless given.
   */
  depthwiseConv2d: (weight: Weight, given?: number): Weight => {
    checkWeight(weight, 'fromPyTorch.depthwiseConv2d');
    const channels = given ?? weight.shape[0] ?? 0;
    const [outputs = 0, one = 0] = weight.shape;
    if (weight.shape.length !== 4 || one !== 1 || !(channels > 0) || outputs % channels !== 0) {
      refuseShape(weight, 'depthwiseConv2d', `[a multiple of ${channels}, 1, height, width]`);
    }
    const { shape, ...rest } = permuted(weight, [2, 3, 0, 1], 'depthwiseConv2d');
    return Weight.stored(
      rest.dtype,
      [...shape.slice(0, 2), channels, outputs / channels],
      rest.encoding,
      rest.bytes,
    );
  },
  /** The weight of a ConvTranspose2d without groups, [in, out, height, width], as [height, width, out, in]. */
  convTranspose2d: (weight: Weight): Weight => permuted(weight, [2, 3, 1, 0], 'convTranspose2d'),
  /**
   * The `weight`, `bias`, `running_mean` and `running_var` of a batch norm, whose names begin with `prefix` and a dot.
   * @param channels how many there must be; as many as there are unless given.
   * @throws `models/weight` where one is missing or of another size.
   */
  batchNorm: (state: StateDict, prefix: string, channels?: number, subject?: string): BatchNormWeights => {
    const gamma = needTensor(
      state,
      `${prefix}.weight`,
      channels === undefined ? undefined : [channels],
      subject,
    );
    const read = (name: string): Weight => needTensor(state, `${prefix}.${name}`, gamma.shape, subject);
    return {
      gamma,
      beta: read('bias'),
      movingMean: read('running_mean'),
      movingVariance: read('running_var'),
    };
  },
} as const;

/** A weight with its axes in another order: `order[i]` is the axis that becomes axis `i`. */
function permuted(weight: Weight, order: readonly number[], what: string): Weight {
  checkWeight(weight, `fromPyTorch.${what}`);
  const { shape, dtype, encoding, bytes, size } = weight;
  if (shape.length !== order.length) refuseShape(weight, what, `${order.length} axes`);
  const isPlain = dtype !== 'string' && dtype !== 'complex64' && encoding.kind !== 'channels';
  if (!isPlain) refuseShape(weight, what, 'real numbers without scales');
  const width = size === 0 ? 1 : bytes.byteLength / size;
  const out = new Uint8Array(bytes.byteLength);
  const sizes = order.map((axis) => shape[axis] as number);
  const steps = order.map((axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  moveAll(bytes, out, width, sizes, steps);
  return Weight.stored(dtype, sizes, encoding, out);
}

/** Copies elements of `width` bytes in the order of `sizes`, from places `steps` apart. */
function moveAll(
  from: Uint8Array,
  to: Uint8Array,
  width: number,
  sizes: readonly number[],
  steps: readonly number[],
): void {
  const [source, target] = elements(from, to, width);
  const at = sizes.map(() => 0);
  const last = sizes.length - 1;
  const run = sizes[last] as number;
  const step = steps[last] as number;
  for (let done = 0; done < target.length; done += run) {
    let place = 0;
    for (let axis = 0; axis < last; axis++) place += (at[axis] as number) * (steps[axis] as number);
    for (let i = 0; i < run; i++) target[done + i] = source[place + i * step] as number;
    for (let axis = last - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (sizes[axis] as number)) break;
      at[axis] = 0;
    }
  }
}

type Elements = Uint8Array | Uint16Array | Uint32Array;

/** Both as whole numbers of the width of an element, so that a move is one assignment and keeps every bit. */
function elements(from: Uint8Array, to: Uint8Array, width: number): readonly [Elements, Elements] {
  if (width === 1) return [from, to];
  const view = (bytes: Uint8Array): Elements => {
    const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
    return width === 2
      ? new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2)
      : new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  };
  return [view(from), view(to)];
}

function refuseShape(weight: Weight, what: string, expected: string): never {
  return fail('models/weight', {
    subject: `fromPyTorch.${what}`,
    expected: `a tensor of ${expected}`,
    got: `one of ${weight.dtype} ${shapeText(weight.shape)}`,
  });
}
