import { need, sizeOf, zeros, type Reference } from './values.js';

/** x repeated along each of its axes. */
export const tile: Reference = (inputs, attrs) => {
  const x = need(inputs, 'x');
  const { reps } = attrs as { readonly reps: readonly number[] };
  const out = zeros(x.shape.map((size, axis) => size * (reps[axis] as number)));
  for (let i = 0; i < out.data.length; i++) {
    let from = 0;
    out.shape.forEach((_, axis) => {
      const at = Math.floor(i / sizeOf(out.shape.slice(axis + 1))) % (out.shape[axis] as number);
      from = from * (x.shape[axis] as number) + (at % (x.shape[axis] as number));
    });
    out.data[i] = x.data[from] as number;
  }
  return out;
};
