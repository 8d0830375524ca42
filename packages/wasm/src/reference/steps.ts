import { need, type Reference } from './values.js';

/** A step of Adam (Kingma and Ba 2015): new values and both new moments. */
export const adamStep: Reference = (inputs, attrs) => {
  const { beta1, beta2, correction1, correction2, epsilon, rate } = attrs as unknown as AdamAttrs;
  const [value, gradient] = [need(inputs, 'value').data, need(inputs, 'gradient').data];
  const { shape } = need(inputs, 'value');
  const decay = (moment: Float64Array, beta: number, power: number): Float64Array =>
    moment.map((each, i) => each * beta + (gradient[i] as number) ** power * (1 - beta));
  const first = decay(need(inputs, 'first').data, beta1, 1);
  const second = decay(need(inputs, 'second').data, beta2, 2);
  const moved = value.map((each, i) => {
    const root = Math.sqrt((second[i] as number) / correction2);
    return each - (rate * ((first[i] as number) / correction1)) / (root + epsilon);
  });
  return [moved, first, second].map((data) => ({ shape, data }));
};

/** Numbers of a step of Adam. */
export interface AdamAttrs {
  readonly beta1: number;
  readonly beta2: number;
  /** 1 - betaᵗ at step t. */
  readonly correction1: number;
  readonly correction2: number;
  readonly epsilon: number;
  /** The learning rate. */
  readonly rate: number;
}

/** value - rate · gradient. */
export const descentStep: Reference = (inputs, attrs) => {
  const { rate } = attrs as { readonly rate: number };
  const { shape, data } = need(inputs, 'value');
  const gradient = need(inputs, 'gradient').data;
  return { shape, data: data.map((each, i) => each - rate * (gradient[i] as number)) };
};
