/**
 * How much the weights of a dense kernel matter to what really comes in: |w_ij| · a_i, to prune by instead of magnitudes
 * (Sun et al. 2023, "A Simple and Effective Pruning Approach for Large Language Models").
 * @param shape [in, out].
 * @param activity how large each input is: its L2 norm over all examples in the paper, the square of that in torchao.
 */
export function wandaScores(
  values: Float32Array,
  [inputs, outputs]: readonly [number, number],
  activity: ArrayLike<number>,
): Float32Array {
  const scores = new Float32Array(inputs * outputs);
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.abs(values[i] as number) * (activity[Math.floor(i / outputs)] as number);
  }
  return scores;
}
