const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const COUNT_UNITS = ['', 'K', 'M', 'G', 'T'] as const;

/** Bytes in decimal units with three digits: `1.90 MB`. */
export function bytesText(bytes: number): string {
  return scaled(bytes, BYTE_UNITS);
}

/** A count with three digits: `3.47 M`; whole below a thousand. */
export function countText(count: number): string {
  return scaled(count, COUNT_UNITS);
}

/** How often in a second, with three digits: `3.27`, `139`, `11.5 K`. */
export function rateText(perSecond: number): string {
  return perSecond >= 999.5 ? countText(perSecond) : String(Number(perSecond.toPrecision(3)));
}

function scaled(value: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  // What would be printed as 1000 of a unit is one of the next.
  while (Math.abs(rest) >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = unit === 0 ? 0 : Math.abs(rest) >= 99.95 ? 0 : Math.abs(rest) >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[unit] as string}`.trim();
}

/** Milliseconds with three digits: `0.123 ms`, `12.3 ms`, `1234 ms`. */
export function millisecondsText(ms: number): string {
  const digits = ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : ms >= 0.9995 ? 2 : 3;
  return `${ms.toFixed(digits)} ms`;
}

/** A difference: `0` where there is none, otherwise two digits and an exponent. */
export function differenceText(difference: number): string {
  return difference === 0 ? '0' : difference.toExponential(1);
}

/** Changes below half of this many percent would be printed as 0. */
const SMALLEST_PERCENT = 0.01;

/**
 * How a size changed: `-74.6 %`, `0 %` where it did not, `< 0.01 %` either way where it hardly did, empty
 * where it was nothing before.
 */
export function changeText(before: number, after: number): string {
  if (before === after) return '0 %';
  if (before === 0) return '';
  const percent = (100 * (after - before)) / before;
  if (Math.abs(percent) < SMALLEST_PERCENT / 2) return `< ${SMALLEST_PERCENT} %`;
  const digits = Math.abs(percent) >= 99.95 ? 0 : Math.abs(percent) >= 0.95 ? 1 : 2;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(digits)} %`;
}
