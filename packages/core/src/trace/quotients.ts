/** The number `⌊(x + offset) / by⌋`: every size divided by a whole number and rounded somehow. */
export interface Quotient {
  readonly by: number;
  readonly offset: number;
}

/** Divisors that are looked for. */
export const MOST_DIVISOR = 512;

/** Quotients are told apart at sizes up to here. */
export const MOST_SIZE = 2048;

/** Sizes to trace at begin here, for many functions fail at small ones. */
const LEAST_TRACED = 64;

/** More quotients than this are represented by some of them when a size is chosen. */
const MOST_COMPARED = 400;

export function quotientAt({ by, offset }: Quotient, x: number): number {
  return Math.floor((x + offset) / by);
}

/**
 * All quotients of x that are the target in every trace. Floors, ceilings and roundings of `x / by`,
 * with any whole number added before or after, are among them: with one divisor, those offsets fit that
 * lie between the bounds that each trace sets.
 */
export function quotients(target: readonly number[], x: readonly number[]): Quotient[] {
  const found: Quotient[] = [];
  for (let by = 2; by <= MOST_DIVISOR; by++) {
    let [from, to] = [-Infinity, Infinity];
    for (let k = 0; k < x.length && from <= to; k++) {
      const least = by * (target[k] as number) - (x[k] as number);
      from = Math.max(from, least);
      to = Math.min(to, least + by - 1);
    }
    for (let offset = from; offset <= to; offset++) found.push({ by, offset });
  }
  return found;
}

/** The plainest of quotients: the smallest divisor, and the floor rather than the ceiling or others. */
export function plainest(found: readonly Quotient[]): Quotient | undefined {
  const rank = ({ by, offset }: Quotient): number => {
    if (offset % by === 0) return Math.abs(offset) / by;
    return (offset + 1) % by === 0 ? by : 2 * by + Math.abs(offset);
  };
  const [first] = found;
  if (first === undefined) return undefined;
  const smallest = found.filter(({ by }) => by === first.by);
  return smallest.reduce((best, one) => (rank(one) < rank(best) ? one : best));
}

/**
 * A size at which the quotients differ, best in halves, so that a trace there excludes many of them.
 * None where they agree at all sizes up to {@link MOST_SIZE}.
 *
 * @param others what else the number may be, if x does not matter to it.
 * @param step only multiples of it are sizes.
 * @param skip sizes that cannot be traced, or have been.
 */
export function splittingSize(
  found: readonly Quotient[],
  others: number | undefined,
  step: number,
  skip: ReadonlySet<number>,
): number | undefined {
  const some = sampled(found);
  let best: { readonly x: number; readonly most: number } | undefined;
  const all = some.length + (others === undefined ? 0 : 1);
  for (const x of sizesToTry(step)) {
    if (skip.has(x)) continue;
    const most = largestShare(some, others, x);
    if (most < all && (best === undefined || most < best.most)) best = { x, most };
    if (best !== undefined && best.most <= Math.ceil(all / 2)) break;
  }
  return best?.x;
}

/** How many agree on the most frequent value. */
function largestShare(found: readonly Quotient[], others: number | undefined, x: number): number {
  const votes = new Map<number, number>();
  for (const one of found) {
    const value = quotientAt(one, x);
    votes.set(value, (votes.get(value) ?? 0) + 1);
  }
  if (others !== undefined) votes.set(others, (votes.get(others) ?? 0) + 1);
  return Math.max(...votes.values());
}

function sampled(found: readonly Quotient[]): readonly Quotient[] {
  if (found.length <= MOST_COMPARED) return found;
  const stride = found.length / MOST_COMPARED;
  return Array.from({ length: MOST_COMPARED }, (_, i) => found[Math.floor(i * stride)] as Quotient);
}

/** Moderate sizes first: they cost less. The small ones last. */
function* sizesToTry(step: number): Generator<number> {
  const least = step * Math.ceil(LEAST_TRACED / step);
  for (let x = least; x <= MOST_SIZE; x += step) yield x;
  for (let x = step; x < least; x += step) yield x;
}
