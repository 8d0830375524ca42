import { fail, int8Ports, type Int8Port, type Model, type Port } from '@tfjs-optimize/core';
import type { InputValues } from '../tensors/files.js';
import { shapeText } from '../terminal/numbers.js';
import type { Fetched } from './fetch.js';
import type { PortPair } from './ports.js';

/** The least and greatest int8 value. */
const [LEAST, MOST] = [-128, 127];

/** Ports of a model as they are compared: those of int8 values carry the floats that these stand for. */
export function realPorts(model: Model, side: 'inputs' | 'outputs'): readonly Port[] {
  const int8 = int8Ports(model)[side];
  return model.signature[side].map((port) => (int8.has(port.key) ? { ...port, dtype: 'float32' } : port));
}

/** How the values of one pair of ports are carried over. */
interface Carried {
  readonly a: Int8Port | undefined;
  readonly b: Int8Port | undefined;
}

function carriedBy(a: Model, b: Model, side: 'inputs' | 'outputs', pair: PortPair): Carried {
  const found = {
    a: int8Ports(a)[side].get(pair.a.key),
    b: int8Ports(b)[side].get(pair.b.key),
  };
  const isSame = found.a?.scale === found.b?.scale && found.a?.zeroPoint === found.b?.zeroPoint;
  // Int8 values of the same scale are compared as they are.
  return isSame ? { a: undefined, b: undefined } : found;
}

/** The inputs of the second model for those of the first: the floats that int8 values stand for, or int8 values of floats. */
export function inputsForSecond(
  a: Model,
  b: Model,
  pairs: readonly PortPair[],
  given: InputValues,
): InputValues {
  return new Map(
    pairs.flatMap((pair) => {
      const value = given.get(pair.a.key);
      if (value === undefined) return [];
      const { a: from, b: to } = carriedBy(a, b, 'inputs', pair);
      if (from === undefined && to === undefined) return [[pair.b.key, value] as const];
      const numbers = value.values as ArrayLike<number>;
      const reals = from === undefined ? Float64Array.from(numbers) : dequantized(numbers, from);
      const { shape } = value;
      return [
        to === undefined
          ? ([pair.b.key, { dtype: 'float32', shape, values: Float32Array.from(reals) }] as const)
          : ([pair.b.key, { dtype: 'int32', shape, values: quantized(reals, to, pair.b.key) }] as const),
      ];
    }),
  );
}

/** Outputs of both models, as floats where one is of int8 values and the other is not, or by another scale. */
export function realOutputs(
  a: Model,
  b: Model,
  pair: PortPair,
  [ofA, ofB]: readonly [Fetched, Fetched],
): readonly [Fetched, Fetched] {
  const ports = carriedBy(a, b, 'outputs', pair);
  return [real(ofA, ports.a), real(ofB, ports.b)];
}

function real(fetched: Fetched, port: Int8Port | undefined): Fetched {
  if (port === undefined) return fetched;
  const values = Float32Array.from(dequantized(fetched.values as ArrayLike<number>, port));
  return { ...fetched, dtype: 'float32', values };
}

function dequantized(values: ArrayLike<number>, { scale, zeroPoint }: Int8Port): Float64Array {
  return Float64Array.from(values, (value) => (value - zeroPoint) * scale);
}

function quantized(reals: Float64Array, { scale, zeroPoint }: Int8Port, key: string): Int32Array {
  const notFinite = reals.find((value) => !Number.isFinite(value));
  if (notFinite !== undefined) {
    fail('model/input', {
      subject: `input '${key}' ${shapeText([reals.length])}`,
      expected: 'finite numbers, which become int8 values',
      got: String(notFinite),
    });
  }
  return Int32Array.from(reals, (value) =>
    Math.min(Math.max(Math.round(value / scale) + zeroPoint, LEAST), MOST),
  );
}

/** What was carried over, one sentence for each port. */
export function carriedInWords(
  a: Model,
  b: Model,
  side: 'inputs' | 'outputs',
  pairs: readonly PortPair[],
): string[] {
  return pairs.flatMap((pair) => {
    const found = carriedBy(a, b, side, pair);
    const sides = [
      ...(found.a === undefined ? [] : [inWords('first', found.a)]),
      ...(found.b === undefined ? [] : [inWords('second', found.b)]),
    ];
    return sides.length === 0 ? [] : [`${pair.a.key} is of int8 values ${sides.join(', ')}`];
  });
}

function inWords(which: string, { scale, zeroPoint }: Int8Port): string {
  return `in the ${which} model, (value - ${zeroPoint}) * ${scale}`;
}
