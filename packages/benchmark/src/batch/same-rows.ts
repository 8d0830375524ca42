import { fail, outputDifference, type OutputValues } from '@tfjs-optimize/core';
import { requireSame } from '../compare/same.js';

/**
 * Requires that a batch gives for each example what the same example gave before.
 *
 * @param name what the batch is called in errors.
 * @param reference outputs of `count` examples.
 * @param own outputs of `size` examples: the same by turns.
 * @throws `batch/axis` for outputs that do not count examples, `compare/outputs` for other values.
 */
export function requireSameRows(
  name: string,
  reference: readonly OutputValues[],
  own: readonly OutputValues[],
  { count, size, tolerance }: { readonly count: number; readonly size: number; readonly tolerance: number },
): void {
  requireRows(reference, count);
  requireRows(own, size);
  for (const [place, output] of reference.entries()) {
    requireSameByTurns(name, place, { output, own: own[place] as OutputValues, tolerance });
  }
}

/** @throws `batch/axis` unless each output has so many rows. */
export function requireRows(outputs: readonly OutputValues[], rows: number): void {
  for (const { key, shape } of outputs) {
    if (shape[0] === rows) continue;
    fail('batch/axis', {
      subject: `output '${key}'`,
      expected: `a first axis of ${rows}, one for each example`,
      got: `the shape [${shape.join(',')}]`,
    });
  }
}

interface Turns {
  readonly output: OutputValues;
  readonly own: OutputValues;
  readonly tolerance: number;
}

/** Compares turn after turn: of large batches no second copy is made. */
function requireSameByTurns(name: string, place: number, { output, own, tolerance }: Turns): void {
  const turn = output.values.length;
  const largest = largestOf(output.values);
  for (let start = 0; start < own.values.length; start += turn) {
    const part = { ...own, values: cut(own.values, start, start + turn) };
    const expected = { ...output, values: cut(output.values, 0, part.values.length) };
    const found = outputDifference(expected, part);
    // A share of the largest value of all examples, though the last turn may hold a few of them only.
    requireSame(name, place, { ...found, shape: own.shape, relative: found.max / (largest || 1) }, tolerance);
  }
}

type Values = OutputValues['values'];

function largestOf(values: Values): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number | string;
    if (typeof value === 'number' && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

function cut(values: Values, start: number, end: number): Values {
  return ArrayBuffer.isView(values)
    ? (values as Float32Array).subarray(start, end)
    : Array.prototype.slice.call(values, start, end);
}

/** Outputs of single examples, one after the other, as outputs of a batch. */
export function joinRows(singles: readonly (readonly OutputValues[])[]): OutputValues[] {
  const [first = []] = singles;
  for (const outputs of singles) requireRows(outputs, 1);
  return first.map(({ key, shape }, place) => ({
    key,
    shape: [singles.length, ...shape.slice(1)],
    values: join(singles.map((outputs) => outputs[place]?.values ?? [])),
  }));
}

function join(parts: readonly Values[]): Values {
  const [first = []] = parts;
  if (!ArrayBuffer.isView(first)) return parts.flatMap((part) => Array.from(part));
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  // Room for integers of 32 bits and for floats alike.
  const joined = new Float64Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part as ArrayLike<number>, at);
    at += part.length;
  }
  return joined;
}
