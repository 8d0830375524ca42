import { erf } from './unary.js';
import { need, type Reference } from './values.js';

/** ½ x · (1 + erf(x / √2)); `approximate`: ½ x · (1 + tanh(√(2/π) · (x + 0.044715 x³))). */
export const gelu: Reference = (inputs, attrs) => {
  const { shape, data } = need(inputs, 'x');
  const { approximate = false } = attrs as { readonly approximate?: boolean };
  const inner = approximate
    ? (x: number): number => Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))
    : (x: number): number => erf(x / Math.SQRT2);
  return { shape, data: data.map((x) => (x / 2) * (1 + inner(x))) };
};
