import { fail, type Port } from '@tfjs-optimize/core';
import { sizeOf, typedValues, type TensorValue } from './value.js';

/** Whether JSON is one tensor (nested arrays or `{shape, data}`), not tensors by name. */
export function isTensorJson(json: unknown): boolean {
  return (
    Array.isArray(json) ||
    (typeof json === 'object' && json !== null && 'data' in json && Array.isArray(json.data))
  );
}

/**
 * A tensor from JSON: nested arrays, or `{"shape": [1, 28, 28, 1], "data": […flat…]}`. The type is
 * that of the model's input.
 */
export function fromJson(json: unknown, port: Port, file: string): TensorValue {
  if (!isTensorJson(json)) {
    fail('io/format', {
      subject: `${file}, input '${port.key}'`,
      expected: 'nested arrays or {"shape": […], "data": […]}',
      got: JSON.stringify(json)?.slice(0, 60) ?? 'nothing',
    });
  }
  const { shape, flat } = Array.isArray(json)
    ? nested(json, port, file)
    : described(json as Described, port, file);
  const subject = `${file}, input '${port.key}'`;
  if (port.dtype === 'string') {
    const text = flat.every((value) => typeof value === 'string')
      ? flat
      : wrongType(subject, 'strings', flat);
    return { dtype: 'string', shape, values: text };
  }
  const numbers = flat.map((value) => (typeof value === 'boolean' ? Number(value) : value));
  if (!numbers.every((value) => typeof value === 'number')) return wrongType(subject, 'numbers', flat);
  const dtype = port.dtype === 'complex64' ? 'float32' : port.dtype;
  return { dtype, shape, values: typedValues(dtype, numbers) };
}

interface Described {
  readonly shape?: unknown;
  readonly data: readonly unknown[];
}

function described(json: Described, port: Port, file: string): { shape: number[]; flat: unknown[] } {
  const flat = json.data.flat(Infinity);
  const shape = json.shape;
  if (
    !Array.isArray(shape) ||
    !shape.every((size) => Number.isInteger(size)) ||
    sizeOf(shape) !== flat.length
  ) {
    fail('io/format', {
      subject: `${file}, input '${port.key}'`,
      expected: `a shape that has room for its ${flat.length} values`,
      got: JSON.stringify(shape) ?? 'none',
    });
  }
  return { shape: [...(shape as number[])], flat };
}

function nested(json: readonly unknown[], port: Port, file: string): { shape: number[]; flat: unknown[] } {
  const shape: number[] = [];
  for (let level: unknown = json; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat = (json as unknown[]).flat(Infinity);
  if (flat.length !== sizeOf(shape)) {
    fail('io/format', {
      subject: `${file}, input '${port.key}'`,
      expected: `nested arrays of equal lengths, [${shape.join(', ')}]`,
      got: `${flat.length} values`,
    });
  }
  return { shape, flat };
}

function wrongType(subject: string, expected: string, flat: readonly unknown[]): never {
  const odd = flat.find((value) => typeof value !== 'number' && typeof value !== 'boolean') ?? flat[0];
  return fail('io/format', { subject, expected, got: JSON.stringify(odd) ?? 'nothing' });
}
