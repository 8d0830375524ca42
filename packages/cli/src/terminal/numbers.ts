/** A cosine similarity, with the digits in which it falls short of 1. */
export function cosineText(value: number): string {
  return value.toFixed(9).replace(/0+$/, '').replace(/\.$/, '');
}

/** Sizes of a tensor: `[?, 224, 224, 3]`. */
export function shapeText(sizes: readonly number[] | undefined): string {
  return sizes === undefined ? '[…]' : `[${sizes.map((size) => (size < 0 ? '?' : size)).join(', ')}]`;
}

/** A share of a whole in percent: `12.3 %`. */
export function percentText(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}
