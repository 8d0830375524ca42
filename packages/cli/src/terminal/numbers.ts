/** A cosine similarity, with the digits in which it falls short of 1. */
export function cosineText(value: number): string {
  return value.toFixed(9).replace(/0+$/, '').replace(/\.$/, '');
}

/** Sizes of a tensor: `[?, 224, 224, 3]`. */
export function shapeText(sizes: readonly number[] | undefined): string {
  return sizes === undefined ? '[…]' : `[${sizes.map((size) => (size < 0 ? '?' : size)).join(', ')}]`;
}

/** A share of a whole in percent: `12.3 %`; a small one that is not nothing is `< 0.1 %`. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return '';
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 0.05 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

/** A value with three digits, in the plain form where that is short: `0.734`, `12`, `1.20e-7`. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return String(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
}

/** `1 node`, `12 nodes`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
