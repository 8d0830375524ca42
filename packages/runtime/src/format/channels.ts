/*
 * Channels of a weight: the elements that share a scale. They are counted along one axis, or along several
 * neighbouring ones (input channel and multiplier of a depthwise filter), in row-major order.
 */

/**
 * The shape of scales that are broadcast over a weight: sizes of the axes that count channels, 1 elsewhere. Undefined
 * where `count` is not the product of sizes of neighbouring axes from `axis` on.
 */
export function scaleShape(shape: readonly number[], axis: number, count: number): number[] | undefined {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) return undefined;
  const out = shape.map(() => 1);
  let product = 1;
  for (let at = axis; at < shape.length; at++) {
    out[at] = shape[at] as number;
    product *= shape[at] as number;
    if (product === count) return out;
  }
  return undefined;
}

/** How many neighbouring elements share a scale. */
export function channelRun(shape: readonly number[], axis: number, count: number): number {
  return count === 0 ? 0 : shape.slice(axis).reduce((product, size) => product * size, 1) / count;
}
