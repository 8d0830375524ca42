/** A value that needs memory from the step that makes it to the last that reads it, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Where values lie in an arena, and how large that is. */
export interface Arena {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Values begin at multiples of this: whole vectors. */
const ALIGNMENT = 16;
/** Kernels read up to a vector beyond the end of a value. */
const MARGIN = 16;

/**
 * Lays out values so that none overlaps another that lives at the same time: the largest first, each into the smallest
 * gap that holds it (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", greedy by size).
 */
export function layOut(lifetimes: readonly Lifetime[]): Arena {
  const order = lifetimes
    .map((_, i) => i)
    .sort((a, b) => sizeOf(lifetimes, b) - sizeOf(lifetimes, a) || a - b);
  const placed: { readonly offset: number; readonly end: number; readonly life: Lifetime }[] = [];
  const offsets = new Array<number>(lifetimes.length).fill(0);
  let bytes = 0;
  for (const i of order) {
    const life = lifetimes[i] as Lifetime;
    const size = sizeOf(lifetimes, i);
    const near = placed.filter((other) => other.life.from <= life.to && life.from <= other.life.to);
    const offset = smallestGap(near, size);
    offsets[i] = offset;
    placed.push({ offset, end: offset + size, life });
    placed.sort((a, b) => a.offset - b.offset);
    bytes = Math.max(bytes, offset + size);
  }
  return { offsets, bytes: bytes + MARGIN };
}

function sizeOf(lifetimes: readonly Lifetime[], i: number): number {
  const { bytes } = lifetimes[i] as Lifetime;
  return Math.ceil((bytes + MARGIN) / ALIGNMENT) * ALIGNMENT;
}

/** @param taken in the order of their offsets. */
function smallestGap(
  taken: readonly { readonly offset: number; readonly end: number }[],
  size: number,
): number {
  let [end, best, least] = [0, -1, Infinity];
  for (const { offset, end: next } of taken) {
    const gap = offset - end;
    if (gap >= size && gap < least) [best, least] = [end, gap];
    end = Math.max(end, next);
  }
  return best < 0 ? end : best;
}
