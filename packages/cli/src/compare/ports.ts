import { fail, type Port } from '@tfjs-optimize/core';
import { shapeText } from '../terminal/numbers.js';

/** One input or output that two models have in common. */
export interface PortPair {
  readonly a: Port;
  readonly b: Port;
}

/**
 * Finds which port of one model is which of the other: by key where both have the same keys,
 * otherwise by position, which is right for a model and what a converter made of it.
 * @param what `inputs` or `outputs`, for the message.
 */
export function pairPorts(a: readonly Port[], b: readonly Port[], what: 'inputs' | 'outputs'): PortPair[] {
  if (a.length !== b.length) return differ(a, b, what);
  const byKey = new Map(b.map((port) => [port.key, port]));
  const sameKeys = a.every((port) => byKey.has(port.key));
  const pairs = a.map((port, index) => ({
    a: port,
    b: ((sameKeys ? byKey.get(port.key) : undefined) ?? b[index]) as Port,
  }));
  return pairs.every(fits) ? pairs : differ(a, b, what);
}

/** Whether two ports can carry the same tensor: types equal, sizes equal where both know them. */
function fits({ a, b }: PortPair): boolean {
  if (a.dtype !== b.dtype) return false;
  if (a.shape === undefined || b.shape === undefined) return true;
  const sizes = b.shape;
  return (
    a.shape.length === sizes.length &&
    a.shape.every((size, axis) => size < 0 || (sizes[axis] ?? 0) < 0 || size === sizes[axis])
  );
}

function differ(a: readonly Port[], b: readonly Port[], what: string): never {
  const list = (ports: readonly Port[]): string =>
    ports.map((port) => `${port.key} ${port.dtype}${shapeText(port.shape)}`).join(', ');
  return fail('argument/invalid', {
    subject: `${what} of the two models`,
    expected: `those of the first, ${list(a)}`,
    got: list(b),
    advice: 'Only models that take and give the same tensors can be compared',
  });
}
