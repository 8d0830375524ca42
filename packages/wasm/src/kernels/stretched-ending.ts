import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../engine/engine.js';
import { activate } from '../reference/activations.js';
import { sizeOf } from '../reference/values.js';
import { stretch } from '../stretch.js';
import { isActivation, type Epilogue } from './activations.js';

/** Where the bias and slope of each sum lie, where they are not one for each column. */
export interface StretchedEnding {
  readonly bias: Int32Array | undefined;
  readonly slopes: Int32Array | undefined;
}

/** The places of bias and slopes that stretch to a shape; undefined where they do not, or are no floats. */
export function stretchedEnding(
  { bias, slopes, activation }: Epilogue,
  shape: readonly number[],
): StretchedEnding | undefined {
  if (!isActivation(activation)) return undefined;
  const given = [bias, activation === 'prelu' ? slopes : undefined];
  if (activation === 'prelu' && slopes === undefined) return undefined;
  if (given.some((info) => info !== undefined && info.dtype !== 'float32')) return undefined;
  const places = given.map((info) => (info === undefined ? undefined : stretch(info.shape, shape)));
  if (given.some((info, i) => info !== undefined && places[i] === undefined)) return undefined;
  return { bias: places[0], slopes: places[1] };
}

/**
 * Does to sums, in place, what such an ending says: number by number, since networks have no such shapes. (The backend
 * takes columns only, and takes the first ones again for every matrix.)
 */
export function finishStretched(
  engine: Engine,
  out: TensorInfo,
  epilogue: Epilogue,
  places: StretchedEnding,
): void {
  const numbers = (info: TensorInfo): Float32Array =>
    engine.numbers(engine.address(info), sizeOf(info.shape));
  const sums = numbers(out);
  const bias = epilogue.bias && numbers(epilogue.bias);
  const slopes = places.slopes && epilogue.slopes && numbers(epilogue.slopes);
  sums.forEach((sum, i) => {
    const biased = bias === undefined ? sum : Math.fround(sum + (bias[places.bias?.[i] ?? 0] as number));
    const slope = slopes === undefined ? epilogue.alpha : (slopes[places.slopes?.[i] ?? 0] as number);
    sums[i] = activate(epilogue.activation, biased, slope);
  });
}
