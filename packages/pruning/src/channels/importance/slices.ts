import { fail } from '@tfjs-optimize/core';
import { refuseNaN } from '../../targets/part.js';
import type { Channels, Group } from '../groups.js';
import type { Member } from '../members.js';

/** A weight seen as slices along one axis: element (o, i, n) is of slice i. */
export interface Sliced {
  readonly values: Float32Array;
  /** How many slices there are. */
  readonly count: number;
  /** How many blocks each slice is made of, and the elements of a block, which lie side by side. */
  readonly blocks: number;
  readonly step: number;
}

/** Decoded weights of a model, each once; NaN and infinities are refused. */
export class WeightValues {
  private readonly decoded = new Map<string, Float32Array>();

  constructor(
    private readonly channels: Channels,
    private readonly subject: string,
    private readonly advice = 'Train it again, or leave its layer out by `ignore`',
  ) {}

  /** @throws `pruning/weight` where slices of a group are NaN or infinite. */
  check({ members }: Group): void {
    for (const { weight } of members) this.of(weight);
  }

  of(name: string): Float32Array {
    const known = this.decoded.get(name);
    if (known !== undefined) return known;
    const values = this.channels.model.weights.need(name).numbers() as Float32Array;
    refuseNaN(name, values, this.subject, { advice: this.advice });
    this.decoded.set(name, values);
    return values;
  }
}

/** Refuses gradients that are NaN or infinite. */
export function requireFinite(results: Float64Array, weight: string, subject: string): Float64Array {
  if (results.every((result) => Number.isFinite(result))) return results;
  return fail('pruning/weight', {
    subject: `${subject}: weight '${weight}'`,
    expected: 'finite gradients to tell which channels matter',
    got: 'gradients that are not',
    advice: 'Look for NaN in the data and the loss, or leave its layer out by `ignore`',
  });
}

/** The slices of a member. */
export function slicesOf(shape: readonly number[], { axis }: Member, values: Float32Array): Sliced {
  const count = shape[axis] as number;
  const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return { values, count, step, blocks: values.length / (count * step) };
}

/** A number for each unit of a group: the sum over its slices of a member. */
export function perUnit(group: Group, member: Member, perSlice: Float64Array): Float64Array {
  const place = new Map([...group.units].map((unit, i) => [unit, i]));
  const sums = new Float64Array(group.units.length);
  member.roots.forEach((root, at) => {
    const i = place.get(root);
    if (i !== undefined) sums[i] = (sums[i] as number) + (perSlice[at] as number);
  });
  return sums;
}

/** Σ |w|, Σ w² or Σ |w · g| over each slice. */
export function sumOverSlices(
  { values, count, blocks, step }: Sliced,
  of: 'absolute' | 'square' | Float32Array,
): Float64Array {
  const sums = new Float64Array(count);
  for (let at = 0, block = 0; block < blocks; block++, at += count * step) {
    // Slices of one element lie side by side: a block goes through one loop.
    if (step === 1) add(values, at, count, sums, 0, 1, of);
    else for (let i = 0; i < count; i++) add(values, at + i * step, step, sums, i, 0, of);
  }
  return sums;
}

/** Adds what `count` elements from `start` on give to sums from `sum` on, `move` apart. */
function add(
  values: Float32Array,
  start: number,
  count: number,
  sums: Float64Array,
  sum: number,
  move: 0 | 1,
  of: 'absolute' | 'square' | Float32Array,
): void {
  const end = start + count;
  let to = sum;
  if (of === 'square') {
    for (let at = start; at < end; at++, to += move) {
      const value = values[at] as number;
      sums[to] = (sums[to] as number) + value * value;
    }
  } else {
    for (let at = start; at < end; at++, to += move) {
      const by = of === 'absolute' ? 1 : (of[at] as number);
      sums[to] = (sums[to] as number) + Math.abs((values[at] as number) * by);
    }
  }
}
