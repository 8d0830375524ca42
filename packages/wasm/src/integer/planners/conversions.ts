import { sizeOf } from '../../reference/values.js';
import type { Planner } from '../site.js';
import { BYTE_OF_ZERO } from '../value.js';

interface Attrs {
  readonly scale: number;
  readonly zero_point: number;
}

/** float32 numbers as bytes. */
export const quantize: Planner = (site, [x]) => {
  if (x === undefined) return undefined;
  const { scale, zero_point } = site.attrs as Attrs;
  return {
    shape: x,
    bind:
      ([from], to) =>
      () =>
        site.form.native.quantizeBytes(
          ...([to.address, from?.address as number, sizeOf(x)] as const),
          ...([scale, zero_point + BYTE_OF_ZERO] as const),
        ),
  };
};

/** Bytes as float32 numbers. */
export const dequantize: Planner = (site, [q]) => {
  if (q === undefined) return undefined;
  const { scale, zero_point } = site.attrs as Attrs;
  return {
    shape: q,
    kind: 'float32',
    bind:
      ([from], to) =>
      () =>
        site.form.native.dequantizeBytes(
          ...([to.address, from?.address as number, sizeOf(q)] as const),
          ...([scale, zero_point + BYTE_OF_ZERO] as const),
        ),
  };
};
