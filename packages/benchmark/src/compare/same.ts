import {
  fail,
  outputDifference,
  sumOfDifferences,
  type OutputDifference,
  type OutputValues,
} from '@tfjs-optimize/core';
import type { DifferenceRecord, OutputShapes } from '../record/measurement.js';

/**
 * How far two orders of the same float32 arithmetic may lie apart, relative to the largest output:
 * each of `layers` reductions over `length` terms adds √length roundings of 2⁻²⁴ (the probabilistic
 * bound of Higham and Mary 2019, at λ = 1), and layers add up.
 */
export function reorderTolerance(layers: number, length: number): number {
  return layers * Math.sqrt(length) * 2 ** -24;
}

/** That of 100 layers with reductions over 4096 terms, 3.8e-4: a large network whose ops were fused. */
export const DEFAULT_TOLERANCE = reorderTolerance(100, 4096);

/** What counts as computing the same. */
export interface SameOptions {
  /** Largest difference of an output, as a share of the largest magnitude in the baseline's. */
  readonly tolerance: number;
  /** Whether outputs may lie further apart, which is then only told. */
  readonly differByDesign: boolean;
}

/** How a candidate's outputs lie from the baseline's. */
export interface Sameness {
  readonly difference?: DifferenceRecord;
  readonly shapes?: OutputShapes;
}

/**
 * Compares a candidate's outputs with the baseline's. Outputs that differ by design are compared as far as
 * they hold equally many values.
 *
 * @throws `compare/outputs` naming the candidate, the output and the difference; NaN differs from
 *   everything, NaN included.
 */
export function compareOutputsOf(
  name: string,
  baseline: readonly OutputValues[],
  given: readonly OutputValues[],
  { tolerance, differByDesign }: SameOptions,
): Sameness {
  const own = inOrderOf(baseline, given);
  const sameShapes = shapesText(baseline) === shapesText(own);
  if (!sameShapes && !differByDesign) {
    refuse(name, `outputs of shape ${shapesText(baseline)}`, shapesText(own));
  }
  const differences = baseline.flatMap((output, i) => {
    const other = own[i];
    return other?.values.length === output.values.length ? [outputDifference(output, other)] : [];
  });
  if (!differByDesign) {
    for (const [i, each] of differences.entries()) requireSame(name, i, each, tolerance);
  }
  const { outputs: _, ...difference } = sumOfDifferences(differences);
  return {
    ...(differences.length === 0 ? {} : { difference }),
    ...(sameShapes ? {} : { shapes: { baseline: shapesOf(baseline), own: shapesOf(own) } }),
  };
}

/** Outputs with the keys of others stand for these, in whatever order they come; all else goes by place. */
function inOrderOf(
  others: readonly OutputValues[],
  outputs: readonly OutputValues[],
): readonly OutputValues[] {
  const byKey = new Map(outputs.map((output) => [output.key, output]));
  const inOrder = others.flatMap(({ key }) => byKey.get(key) ?? []);
  return inOrder.length === outputs.length && outputs.length === others.length ? inOrder : outputs;
}

/**
 * Requires that an output differs by no more than the tolerance.
 * @param place which output it is, from 0.
 * @throws `compare/outputs`.
 */
export function requireSame(
  name: string,
  place: number,
  { key, shape, relative, incomparable }: OutputDifference,
  tolerance: number,
): void {
  if (relative <= tolerance && incomparable === 0) return;
  const got =
    incomparable === 0
      ? `a difference of ${relative.toExponential(1)} in output '${key}' (${place + 1}, [${shape.join(',')}])`
      : `${incomparable} values of output '${key}' (${place + 1}) that are NaN or another infinity`;
  refuse(name, `the baseline's outputs within ${tolerance.toExponential(1)} of the largest`, got);
}

function refuse(name: string, expected: string, got: string): never {
  return fail('compare/outputs', {
    subject: `candidate '${name}'`,
    expected,
    got,
    advice:
      'Times of programs that compute different things say nothing. Where they differ by design, say so: differByDesign (--differ), or a larger tolerance (--tolerance)',
  });
}

const shapesOf = (outputs: readonly OutputValues[]): number[][] => outputs.map(({ shape }) => [...shape]);

function shapesText(outputs: readonly OutputValues[]): string {
  return outputs.map(({ shape }) => `[${shape.join(',')}]`).join(' ') || 'none';
}
