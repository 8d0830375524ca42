import { fail, type Weight } from '@tfjs-optimize/core';
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

/** Decoded weights of a model, each once. */
export class WeightValues {
  private readonly decoded = new Map<string, Float32Array>();

  constructor(private readonly channels: Channels) {}

  /** @throws `pruning/weight` for one that holds NaN or infinities. */
  of(name: string): Float32Array {
    const known = this.decoded.get(name);
    if (known !== undefined) return known;
    const values = finiteValues(name, this.channels.model.weights.need(name));
    this.decoded.set(name, values);
    return values;
  }
}

function finiteValues(name: string, weight: Weight): Float32Array {
  const values = weight.numbers() as Float32Array;
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    fail('pruning/weight', {
      subject: `weight '${name}'`,
      expected: 'finite numbers to tell which channels matter',
      got: `${values[at]} at element ${at}`,
      advice: 'Train it again, or leave its layer out by `ignore`',
    });
  }
  return values;
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
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < count; i++, at += step) {
      sums[i] =
        (sums[i] as number) + (of === 'square' ? squares(values, at, step) : absolutes(values, at, step, of));
    }
  }
  return sums;
}

function squares(values: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let at = start; at < start + count; at++) {
    const value = values[at] as number;
    sum += value * value;
  }
  return sum;
}

function absolutes(
  values: Float32Array,
  start: number,
  count: number,
  by: 'absolute' | Float32Array,
): number {
  let sum = 0;
  for (let at = start; at < start + count; at++)
    sum += Math.abs((values[at] as number) * (by === 'absolute' ? 1 : (by[at] as number)));
  return sum;
}
