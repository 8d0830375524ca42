import { constant, type Pattern } from '@tfjs-optimize/core';

/** Relative: files hold numbers as float32. */
const ROUNDING = 1e-6;

/** A constant that is one number, up to its rounding to float32. */
export function near(value: number): Pattern {
  return constant(undefined, (weight) => {
    const [found] = weight.size === 1 && weight.shape.length <= 1 ? weight.numbers() : [];
    const fits = found !== undefined && Math.abs(found - value) <= ROUNDING * Math.abs(value);
    return fits || `is not the number ${value}`;
  });
}
