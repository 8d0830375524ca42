import { broadcast } from '../shapes.js';
import { need, zeros, type Reference } from './values.js';

/** Functions of one number in double precision. */
export const FUNCTIONS = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  erf,
  sqrt: Math.sqrt,
  rsqrt: (x: number) => 1 / Math.sqrt(x),
} as const;

/** A function of each number. */
export function each(of: (x: number) => number): Reference {
  return (inputs) => {
    const { shape, data } = need(inputs, 'x');
    return { shape, data: data.map(of) };
  };
}

/** The larger or smaller of each two numbers. */
export function pairwise(of: (a: number, b: number) => number): Reference {
  return (inputs) => {
    const [a, b] = [need(inputs, 'a'), need(inputs, 'b')];
    const both = broadcast(a.shape, b.shape);
    if (both === undefined) throw new Error('shapes: expected ones that fit, got others.');
    const out = zeros(both.shape);
    both.pairs.forEach(([i, j], at) => (out.data[at] = of(a.data[i] as number, b.data[j] as number)));
    return out;
  };
}

/** The error function: its power series (Abramowitz and Stegun 7.1.6) to 3, 1 less the continued fraction (7.1.14) beyond. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x) || size === 0) return x;
  if (size >= 3) {
    let fraction = size;
    for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
    return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction));
  }
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
