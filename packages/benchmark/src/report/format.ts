import { bytesText, countText, millisecondsText } from '@tfjs-optimize/core';

/** Texts of figures, each with its unit; a space that does not break stands before the unit. */

const NBSP = '\u00a0';
/** Keeps a number and its unit on one line. */
export const unbroken = (text: string): string => text.replaceAll(' ', NBSP);

export const bytes = (value: number): string => unbroken(bytesText(value));
export const count = (value: number): string => unbroken(countText(value));
/** Thousands set apart: `3,504,872`. */
export const exact = (value: number): string => value.toLocaleString('en-US');

/** Milliseconds with three digits; microseconds below a tenth of one. */
export function milliseconds(ms: number): string {
  if (ms > 0 && ms < 0.09995) return unbroken(`${Number((1000 * ms).toPrecision(3))} µs`);
  return unbroken(millisecondsText(ms));
}

/** Operations or bytes a second: `41.2 GFLOP/s`. */
export function rate(perSecond: number, unit: string): string {
  const text = countText(perSecond);
  return unbroken(/[A-Z]$/.test(text) ? `${text}${unit}` : `${text} ${unit}`);
}

/** A share from 0 to 1 as per cent with one digit, two near the whole: `74.6 %`, `99.93 %`. */
export function percent(share: number, digits = 1): string {
  return unbroken(`${(100 * share).toFixed(digits)} %`);
}

/** How many times: `2.31×`. */
export const times = (ratio: number): string => `${ratio >= 99.5 ? ratio.toFixed(0) : ratio.toPrecision(3)}×`;

/** The ends of an interval of ratios: `2.20× to 2.44×`. */
export const span = (low: number, high: number): string => unbroken(`${times(low)} to ${times(high)}`);

/** A plain number with up to four digits, without needless zeros. */
export function plain(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

/** A ratio in decibels with one digit; null is one to nothing. */
export function decibels(value: number | null): string {
  return value === null ? 'no noise' : unbroken(`${signed(value, (size) => size.toFixed(1))} dB`);
}

/** How far a score of any kind fell, with three digits; below 0 where it rose. */
export const drop = (value: number): string => signed(value, (size) => plain(Number(size.toPrecision(3))));

const signed = (value: number, text: (size: number) => string): string =>
  `${value < 0 ? '−' : ''}${text(Math.abs(value))}`;

/** Scores that are shares of examples are told in per cent, others as they are. */
export function score(name: string, value: number): string {
  return isShare(name) ? percent(value, 2) : plain(value);
}

/** How a score changed: percentage points of shares, otherwise the difference. */
export function scoreChange(name: string, before: number, after: number): string {
  const difference = after - before;
  if (difference === 0) return 'the same';
  const sign = difference > 0 ? '+' : '−';
  const size = Math.abs(difference);
  return isShare(name)
    ? `${sign}${unbroken(`${(100 * size).toFixed(2)} points`)}`
    : `${sign}${plain(Number(size.toPrecision(2)))}`;
}

/** Whether a score is a share of examples, told in per cent. */
export function isShare(name: string): boolean {
  return /^(accuracy|top|agreement)/i.test(name);
}

/** A list in words: `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
