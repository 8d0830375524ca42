import type { Random } from '@tfjs-optimize/core';
import { countOf, roundHalfEven, type KnownAmount } from './amount.js';
import { countKept, cutOf, withoutLeast, type Scored } from './least.js';

/**
 * Prunes the least magnitudes of all parts together, as `torch.nn.utils.prune` does (L1Unstructured, and
 * `global_unstructured` of several): of what earlier masks keep, an amount of that. PyTorch does not say which of equal
 * magnitudes go; here the first do.
 * @returns what each part keeps: 1 or 0 for each element.
 * @throws `pruning/amount` for a count above what is left.
 */
export function leastMagnitudes(
  parts: readonly Scored[],
  amount: KnownAmount,
  subject: string,
): Uint8Array[] {
  return withoutLeast(parts, countOf(amount, total(parts), subject));
}

/** Prunes so many elements of all parts together by chance, of what earlier masks keep; each set of them is as likely. */
export function byChance(
  parts: readonly Scored[],
  amount: KnownAmount,
  random: Random,
  subject: string,
): Uint8Array[] {
  let left = total(parts);
  let wanted = countOf(amount, left, subject);
  // Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S: no list of candidates is needed.
  return parts.map(({ scores, kept }) => {
    const out = kept?.slice() ?? new Uint8Array(scores.length).fill(1);
    for (let i = 0; i < out.length; i++) {
      if (out[i] === 0) continue;
      if (random.uniform() * left < wanted) {
        out[i] = 0;
        wanted--;
      }
      left--;
    }
    return out;
  });
}

/** Keeps magnitudes of at least `threshold`, among what an earlier mask keeps. */
export function fromThreshold({ scores, kept }: Scored, threshold: number): Uint8Array {
  return scoresFrom(scores, kept, (value) => Math.abs(value) >= threshold);
}

/**
 * Keeps the largest magnitudes as TensorFlow Model Optimization does: `max(round(n · (1 − sparsity)), 1)` of them, in
 * float32 and rounded half to even, and all that equal the least of these.
 */
export function largestMagnitudes({ scores, kept }: Scored, sparsity: number): Uint8Array {
  const all = scores.length;
  const share = Math.fround(1 - Math.fround(sparsity));
  const count = Math.max(roundHalfEven(Math.fround(all * share)), 1);
  const { key } = cutOf([{ scores }], all - count + 1);
  const threshold = new Float32Array(Uint32Array.of(key).buffer)[0] as number;
  return scoresFrom(scores, kept, (value) => Math.abs(value) >= threshold);
}

function scoresFrom(
  scores: Float32Array,
  kept: Uint8Array | undefined,
  keeps: (value: number) => boolean,
): Uint8Array {
  const out = new Uint8Array(scores.length);
  for (let i = 0; i < out.length; i++) {
    if ((kept === undefined || kept[i] !== 0) && keeps(scores[i] as number)) out[i] = 1;
  }
  return out;
}

function total(parts: readonly Scored[]): number {
  return parts.reduce((sum, part) => sum + countKept(part), 0);
}
