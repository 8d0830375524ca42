import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { batchNorm as reference } from '../../reference/norm.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';
import { collapse, type AxisGroup } from './collapse.js';

/** Numbers in a period of parameters at least: shorter rows are taken together. */
const PERIOD = 32;

/** Mean, variance, offset and scale. */
type Parameters = readonly (TensorInfo | undefined)[];

/**
 * `tf.batchNorm` with statistics, offset and scale of any shapes that stretch to that of x: one number a channel, or
 * one for each number of x as in `tf.layers.layerNormalization`, or one a row. (The backend's own kernel repeats them
 * from the front, which is the same for the first two only.)
 */
export const batchNorm: FastKernel = {
  name: 'FusedBatchNorm',
  run: (engine, inputs, attrs) => {
    const { x, mean, variance, offset, scale } = inputs as Record<string, TensorInfo> & { x: TensorInfo };
    const parameters: Parameters = [mean, variance, offset, scale];
    if (!isFloat(x) || !parameters.every(isFloat)) return undefined;
    const { varianceEpsilon = 0.001 } = attrs as { readonly varianceEpsilon?: number };
    const channels = x.shape.at(-1) ?? 1;
    if (parameters.every((each) => isPerChannel(each, channels)))
      return columns(engine, x, parameters, varianceEpsilon);
    const groups = collapse(
      x.shape,
      parameters.map((each) => each?.shape ?? []),
    );
    return groups && lines(engine, x, parameters, groups, varianceEpsilon);
  },
  reference,
};

function isFloat(info: TensorInfo | undefined): boolean {
  return info === undefined || info.dtype === 'float32';
}

function isPerChannel(info: TensorInfo | undefined, channels: number): boolean {
  return info === undefined || (info.shape.at(-1) === channels && sizeOf(info.shape) === channels);
}

/** One number of each parameter for a channel, which are last. */
function columns(engine: Engine, x: TensorInfo, parameters: Parameters, epsilon: number): TensorInfo {
  const { native, scratch } = engine;
  const out = engine.output(x.shape, 'float32');
  const count = sizeOf(x.shape);
  if (count === 0) return out;
  const channels = x.shape.at(-1) ?? 1;
  const repeats = count === channels ? 1 : repeatsOf(channels);
  const period = channels * repeats;
  // Whole vectors are read behind the last of them.
  const all = scratch.take('normal', 12 * period + 16);
  const [mean, variance, offset, scale] = addresses(engine, parameters);
  native.normalParameters(all, channels, repeats, mean, variance, offset, scale, epsilon);
  native.normalizePeriods(engine.address(out), engine.address(x), count, period, all);
  return out;
}

/** How often a row is repeated to fill whole vectors, and a loop of several. */
function repeatsOf(channels: number): number {
  const whole = channels % 4 === 0 ? 1 : channels % 2 === 0 ? 2 : 4;
  return whole * Math.ceil(PERIOD / (whole * channels));
}

/** Parameters of other shapes. */
function lines(
  engine: Engine,
  x: TensorInfo,
  parameters: Parameters,
  groups: readonly AxisGroup[],
  epsilon: number,
): TensorInfo {
  const out = engine.output(x.shape, 'float32');
  if (sizeOf(x.shape) === 0) return out;
  const [to, from] = [engine.address(out), engine.address(x)];
  const { size, steps } = groups.at(-1) ?? { size: 1, steps: [0, 0, 0, 0] };
  const flags = steps.map((step) => Math.min(step, 1)) as unknown as Four;
  let done = 0;
  const visit = (axis: number, [mean, variance, offset, scale]: Four): void => {
    const group = groups[axis];
    if (group === undefined || axis === groups.length - 1) {
      const [ofMean, ofVariance, ofOffset, ofScale] = flags;
      engine.native.normalizeLine(
        ...([to + 4 * done, from + 4 * done, size] as const),
        ...([mean, ofMean, variance, ofVariance, offset, ofOffset, scale, ofScale] as const),
        epsilon,
      );
      done += size;
      return;
    }
    const moved = (address: number, p: number, i: number): number =>
      address === 0 ? 0 : address + 4 * i * (group.steps[p] as number);
    for (let i = 0; i < group.size; i++) {
      visit(axis + 1, [moved(mean, 0, i), moved(variance, 1, i), moved(offset, 2, i), moved(scale, 3, i)]);
    }
  };
  visit(0, addresses(engine, parameters));
  return out;
}

type Four = readonly [mean: number, variance: number, offset: number, scale: number];

/** 0 where there is none. */
function addresses(engine: Engine, parameters: Parameters): Four {
  return parameters.map((each) => (each === undefined ? 0 : engine.address(each))) as unknown as Four;
}
