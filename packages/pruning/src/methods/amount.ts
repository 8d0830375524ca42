import { fail, valueText } from '@tfjs-optimize/core';

/**
 * How much to prune. A number from 0 to below 1 is a fraction, a whole number from 2 up a count. JavaScript does not
 * tell 1 from 1.0, so a plain 1 is refused: write `{ count: 1 }` or `{ fraction: 1 }`.
 */
export type Amount = number | { readonly fraction: number } | { readonly count: number };

/** Amounts by the names of layers or kernels (or of what `weights` chooses instead): others are left whole. `chooseRatios` gives such ones. */
export interface AmountByLayer {
  readonly byLayer: Readonly<Record<string, Amount>>;
}

/** Whether amounts are told by layer. */
export function isByLayer(amount: Amount | AmountByLayer): amount is AmountByLayer {
  return typeof amount === 'object' && (amount as object | null) !== null && 'byLayer' in amount;
}

/** An amount that says which it is. */
export type KnownAmount = { readonly fraction: number } | { readonly count: number };

/**
 * What an amount means.
 * @param subject who asks, for errors.
 * @throws `pruning/amount` for a fraction outside [0, 1], a count that is not a whole number of 0 or more, and a plain 1.
 */
export function readAmount(amount: Amount, subject: string): KnownAmount {
  if (typeof amount === 'number') {
    if (amount === 1) {
      return refuse(subject, '1, which may be either', 'Write { count: 1 } or { fraction: 1 }');
    }
    if (amount >= 0 && amount < 1) return { fraction: amount };
    if (Number.isSafeInteger(amount) && amount > 1) return { count: amount };
    return refuse(subject, String(amount));
  }
  if (typeof amount !== 'object' || (amount as object | null) === null || Object.keys(amount).length !== 1) {
    return refuse(subject, valueText(amount));
  }
  if (
    'fraction' in amount &&
    typeof amount.fraction === 'number' &&
    amount.fraction >= 0 &&
    amount.fraction <= 1
  ) {
    return { fraction: amount.fraction };
  }
  if ('count' in amount && Number.isSafeInteger(amount.count) && amount.count >= 0) {
    return { count: amount.count };
  }
  return refuse(subject, shortText(amount));
}

/** As JSON where that is short. */
function shortText(value: object): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : valueText(value);
}

function refuse(subject: string, got: string, advice?: string): never {
  return fail('pruning/amount', {
    subject: `${subject}: amount`,
    expected: 'a fraction from 0 to 1 or a whole number of 0 or more',
    got,
    ...(advice !== undefined && { advice }),
  });
}

/**
 * How many of `all` an amount is: `fraction · all` in double precision, rounded half to even, as PyTorch does.
 * @param what they are, in the plural, for errors.
 * @throws `pruning/amount` for a count above `all`.
 */
export function countOf(amount: KnownAmount, all: number, subject: string, what = 'weights'): number {
  if ('fraction' in amount) return roundHalfEven(amount.fraction * all);
  if (amount.count <= all) return amount.count;
  return fail('pruning/amount', {
    subject: `${subject}: amount`,
    expected: `at most the ${all} ${what} that are left to prune`,
    got: String(amount.count),
  });
}

/** The nearest whole number, the even one of two that are as near. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
