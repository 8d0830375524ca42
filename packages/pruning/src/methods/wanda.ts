import { fail } from '@tfjs-optimize/core';

/**
 * How much the weights of a kernel matter to what really comes in: |w| · a of its input channel, to prune by instead of
 * magnitudes (Sun et al. 2023, "A Simple and Effective Pruning Approach for Large Language Models"). `wanda` measures a.
 * @param shape [in, out] of a dense kernel, [h, w, in, out] of a convolution.
 * @param activity how large each input is: its L2 norm over all examples in the paper, the square of that in torchao.
 * @param axis of input channels, from behind: the last but one unless told.
 * @throws `pruning/data` for another number of activities than there are input channels.
 */
export function wandaScores(
  values: Float32Array,
  shape: readonly number[],
  activity: ArrayLike<number>,
  axis = -2,
): Float32Array {
  const channels = shape.at(axis) ?? 1;
  if (activity.length !== channels) {
    fail('pruning/data', {
      subject: 'wandaScores: activity',
      expected: `${channels} numbers, one for each input channel of shape [${shape.join(',')}]`,
      got: String(activity.length),
    });
  }
  const stride = shape.slice(shape.length + axis + 1).reduce((a, b) => a * b, 1);
  return values.map((value, i) => Math.abs(value) * (activity[Math.floor(i / stride) % channels] as number));
}
