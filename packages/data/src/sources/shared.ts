import type { Numbers } from '../sample.js';

/** Whether threads can share memory. Pages can where they are isolated from others (`crossOriginIsolated`). */
const canShare = typeof SharedArrayBuffer === 'function';

/**
 * A copy of numbers that all threads see, or the numbers themselves where they are seen already. Where no memory can be
 * shared, numbers that each worker is to be given a copy of.
 */
export function shared<T extends Numbers | Float64Array>(values: T): T {
  if (!canShare) return values.byteLength === values.buffer.byteLength ? values : (values.slice() as T);
  if (isShared(values)) return values;
  const Type = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Type(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

/** Whether threads see these numbers without a copy. */
export function isShared({ buffer }: Numbers | Float64Array): boolean {
  return canShare && buffer instanceof SharedArrayBuffer;
}

/** What `make` gives the first time, and the same ever after: one copy for all pools of workers. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
