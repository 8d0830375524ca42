const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T'] as const;

/** Bytes in decimal units: `1.90 MB`. */
export function bytes(value: number): string {
  return scaled(value, BYTE_UNITS, ' ');
}

/** A count with a metric suffix: `3.47 M`; small ones as they are. */
export function count(value: number): string {
  return scaled(value, COUNT_UNITS, ' ').trim();
}

function scaled(value: number, units: readonly string[], gap: string): string {
  let at = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && at < units.length - 1) {
    rest /= 1000;
    at++;
  }
  const digits = at === 0 || Math.abs(rest) >= 99.95 ? 0 : Math.abs(rest) >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits)}${gap}${units[at] ?? ''}`;
}

/** A difference: `0` when it is none, otherwise three digits. */
export function difference(value: number): string {
  if (value === 0) return '0';
  return Number.isFinite(value) ? value.toExponential(2) : String(value);
}

/** A cosine similarity, with the digits in which it falls short of 1. */
export function cosine(value: number): string {
  return value.toFixed(9).replace(/0+$/, '').replace(/\.$/, '');
}

/** Sizes of a tensor: `[?, 224, 224, 3]`. */
export function shape(sizes: readonly number[] | undefined): string {
  return sizes === undefined ? '[…]' : `[${sizes.map((size) => (size < 0 ? '?' : size)).join(', ')}]`;
}

/** A share of a whole in percent: `12.3 %`. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}
