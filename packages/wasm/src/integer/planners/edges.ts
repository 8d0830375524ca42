import { sizeOf } from '../../reference/values.js';
import type { Planner } from '../site.js';
import { BYTE_OF_ZERO } from '../value.js';

/** An int32 tensor holds values that no int8 is. */
export class NotBytes extends Error {}

/** An int32 tensor of int8 values as bytes. */
export const narrow: Planner = (site, [x]) =>
  x && {
    shape: x,
    bind:
      ([from], to) =>
      () => {
        if (!site.form.native.narrowBytes(to.address, from?.address as number, sizeOf(x)))
          throw new NotBytes();
      },
  };

/** Bytes as an int32 tensor. */
export const spread: Planner = (site, [x]) =>
  x && {
    shape: x,
    kind: 'int32',
    bind:
      ([from], to) =>
      () =>
        site.form.native.spreadBytes(to.address, from?.address as number, sizeOf(x)),
  };

/** An int8 constant as bytes. */
export const constant: Planner = (site) => {
  const { shape, data } = site.constant('value') ?? {};
  if (shape === undefined || !(data instanceof Int8Array)) return undefined;
  const bytes = Uint8Array.from(data, (value) => value + BYTE_OF_ZERO);
  return {
    shape,
    bind: (_, to) => () => site.memory.bytes(to.address, bytes.length).set(bytes),
  };
};
