import { fail } from '@tfjs-optimize/core';

/**
 * The key of a float32 by its magnitude, from its bits: magnitudes and keys have the same order, and infinity comes last.
 * No NaN may be among the values.
 */
const MAGNITUDE = 0x7fffffff;

/** Numbers that are looked at together, and which of them count. */
export interface Scored {
  /** Only their magnitudes matter. */
  readonly scores: Float32Array;
  /** 0 for those that are pruned already and do not count; all count where it is missing. */
  readonly kept?: Uint8Array | undefined;
}

/** Where the least magnitudes end: all below `key` are among them, and `ties` of those that equal it. */
export interface Cut {
  /** Bits of the magnitude as a float32. */
  readonly key: number;
  readonly ties: number;
}

/**
 * Finds the `count` least magnitudes of all parts together, in time linear in their number and without a copy: the keys
 * are counted by their upper 16 bits, then those of one bucket by their lower 16.
 * @param count from 1 to the number of scores that count.
 */
export function cutOf(parts: readonly Scored[], count: number): Cut {
  const coarse = new Uint32Array(0x8000);
  eachKey(parts, (key) => void (coarse[key >>> 16] = (coarse[key >>> 16] as number) + 1));
  const [upper, before] = bucketOf(coarse, count);
  const fine = new Uint32Array(0x10000);
  eachKey(parts, (key) => {
    if (key >>> 16 === upper) fine[key & 0xffff] = (fine[key & 0xffff] as number) + 1;
  });
  const [lower, below] = bucketOf(fine, count - before);
  return { key: upper * 0x10000 + lower, ties: count - before - below };
}

/** Below so many scores sorting them is less work than going through the buckets. */
const FEW = 4096;

function cutOfFew(part: Scored, count: number): Cut {
  if (part.scores.length > FEW) return cutOf([part], count);
  const keys: number[] = [];
  eachKey([part], (key) => void keys.push(key));
  const sorted = Uint32Array.from(keys).sort();
  const key = sorted[count - 1] as number;
  return { key, ties: count - sorted.indexOf(key) };
}

/** The first bucket by which `count` are reached, and how many come before it. */
function bucketOf(counts: Uint32Array, count: number): [bucket: number, before: number] {
  let before = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const here = counts[bucket] as number;
    if (before + here >= count) return [bucket, before];
    before += here;
  }
  return fail('internal', { subject: 'cutOf', expected: `at least ${count} scores`, got: String(before) });
}

function eachKey(parts: readonly Scored[], visit: (key: number) => void): void {
  for (const { scores, kept } of parts) {
    const bits = bitsOf(scores);
    for (let i = 0; i < bits.length; i++) {
      if (kept === undefined || kept[i] !== 0) visit((bits[i] as number) & MAGNITUDE);
    }
  }
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/**
 * What is left of each part without the `count` least magnitudes of all together. Of equal magnitudes at the cut the
 * first go, in the order of the parts and of their elements.
 */
export function withoutLeast(parts: readonly Scored[], count: number): Uint8Array[] {
  const left = parts.map(({ scores, kept }) => kept?.slice() ?? new Uint8Array(scores.length).fill(1));
  if (count === 0) return left;
  const { key, ties } = parts.length === 1 ? cutOfFew(parts[0] as Scored, count) : cutOf(parts, count);
  let tied = ties;
  parts.forEach(({ scores }, p) => {
    const bits = bitsOf(scores);
    const out = left[p] as Uint8Array;
    for (let i = 0; i < bits.length; i++) {
      const own = (bits[i] as number) & MAGNITUDE;
      if (own > key || out[i] === 0) continue;
      if (own === key && tied-- <= 0) continue;
      out[i] = 0;
    }
  });
  return left;
}

/** How many are not pruned. */
export function countKept({ scores, kept }: Scored): number {
  if (kept === undefined) return scores.length;
  let count = 0;
  for (let i = 0; i < kept.length; i++) if (kept[i] !== 0) count++;
  return count;
}
