import { fail, optionKinds, type OptionKind, type OptionKinds } from '@tfjs-optimize/core';
import type { Part } from '../targets/part.js';
import type { TargetOptions } from '../targets/target.js';

const { list, code, either, object } = optionKinds;

/** What options of targets must be. */
export const TARGET_KINDS: OptionKinds<TargetOptions> = {
  layers: either(list, code),
  exclude: either(list, code),
  weights: either(list, code),
  inputShapes: object,
  mask: object,
};

/** Which layers a pass prunes, by name; see `Selection`. */
export interface NamedSelection {
  readonly layers?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly weights?: readonly string[] | undefined;
}

const names: OptionKind = {
  expected: 'a list of names',
  fits: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
};

/** What the options of {@link NamedSelection} must be. */
export const NAMED_SELECTION: OptionKinds<NamedSelection> = {
  layers: names,
  exclude: names,
  weights: names,
};

/**
 * What tells how much the elements of a weight matter, instead of their magnitudes: as many numbers as it has, of which
 * the magnitudes count.
 */
export type Scores = (weight: string, values: Float32Array, shape: readonly number[]) => Float32Array;

/** A part whose elements are looked at by scores. */
export function scored(part: Part, scores: Scores | undefined, subject: string): Part {
  if (scores === undefined) return part;
  const given = scores(part.name, part.scores, part.shape);
  if (!(given instanceof Float32Array) || given.length !== part.scores.length || given.some(Number.isNaN)) {
    fail('pruning/data', {
      subject: `${subject}: scores of '${part.name}'`,
      expected: `a Float32Array of ${part.scores.length} numbers`,
      got: given instanceof Float32Array ? `${given.length} elements, or NaN among them` : typeof given,
    });
  }
  return { ...part, scores: given };
}

/** Which axis slices or groups run along: those of output or input channels, or axes by number. */
export type Axis = 'output' | 'input' | number | readonly number[];

/** The axes of a part, or why it has none such. */
export function axesOf(part: Part, axis: Axis): readonly number[] | string {
  if (axis === 'output') return part.outputs;
  if (axis !== 'input') return typeof axis === 'number' ? [axis] : axis;
  return part.inputs === undefined
    ? 'none of its axes is known to count input channels alone'
    : [part.inputs];
}

/** What an axis may be. */
export const axisKind = {
  expected: "'output', 'input', an axis or a list of axes",
  fits: (value: unknown): boolean =>
    value === 'output' ||
    value === 'input' ||
    Number.isInteger(value) ||
    (Array.isArray(value) && value.length > 0 && value.every(Number.isInteger)),
};

/** Refuses what is no fraction from 0 to 1. */
export function checkSparsity(sparsity: number, subject: string): void {
  if (typeof sparsity === 'number' && sparsity >= 0 && sparsity <= 1) return;
  fail('pruning/amount', {
    subject: `${subject}: sparsity`,
    expected: 'a fraction from 0 to 1',
    got: String(sparsity),
  });
}
