import { fail, type OutputValues } from '@tfjs-optimize/core';
import { compareOutputsOf } from '../compare/same.js';

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
  const expected = reference.map((output) => repeatRows(output, count, size));
  compareOutputsOf(name, expected, own, { tolerance, differByDesign: false });
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

function repeatRows({ key, shape, values }: OutputValues, count: number, size: number): OutputValues {
  const each = values.length / count;
  const repeated = Array.from(
    { length: size * each },
    (_, i) => values[i % values.length] as number | string,
  );
  return { key, shape: [size, ...shape.slice(1)], values: repeated };
}

/** Outputs of single examples, one after the other, as outputs of a batch. */
export function joinRows(singles: readonly (readonly OutputValues[])[]): OutputValues[] {
  const [first = []] = singles;
  for (const outputs of singles) requireRows(outputs, 1);
  return first.map(({ key, shape }, place) => ({
    key,
    shape: [singles.length, ...shape.slice(1)],
    values: singles.flatMap((outputs) => Array.from(outputs[place]?.values ?? [])),
  }));
}
