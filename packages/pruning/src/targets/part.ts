import { fail } from '@tfjs-optimize/core';
import type { Mask } from '../masks/mask.js';
import type { Scored } from '../methods/least.js';

/** A weight as methods of pruning see it. */
export interface Part extends Scored {
  /** Of the weight, for notes and errors. */
  readonly name: string;
  /** Of the layer that has it. */
  readonly layer: string;
  readonly shape: readonly number[];
  /** The values of the weight, zero where an earlier mask does not keep them. */
  readonly scores: Float32Array;
  /** What an earlier mask keeps, if there is one. */
  readonly kept: Uint8Array | undefined;
  /** Axes of output channels, from behind. */
  readonly outputs: readonly number[];
  /** The axis of input channels, from behind, where there is one. */
  readonly inputs: number | undefined;
  /** Whether none of its output channels may go as a whole: they are outputs of a model, and nobody named them. */
  readonly outputsStay?: boolean;
}

/** Why a weight is left as it is, in words behind "stays whole: ". */
export type Left = string;

/** Tells of every part what is kept of it, earlier masks included, or why it is left whole. */
export type Choose = (parts: readonly Part[]) => readonly (Uint8Array | Left)[];

/** Refuses numbers that have no order. @param advice what to do, and what holds them if it is no weight of a model. */
export function refuseNaN(
  name: string,
  values: Float32Array,
  subject: string,
  { what = `weight '${name}'`, advice = 'Train it again, or leave its layer out with exclude' } = {},
): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    fail('pruning/weight', {
      subject: `${subject}: ${what}`,
      expected: 'finite numbers',
      got: `${values[i]} at element ${i}`,
      advice,
    });
  }
}

/** Refuses a mask that has another shape than its weight, or holds anything but 0 and 1. */
export function checkMask(mask: Mask, shape: readonly number[], name: string, subject: string): void {
  const { kept } = mask;
  const size = shape.reduce((a, b) => a * b, 1);
  if (mask.shape.join() !== shape.join() || kept.length !== size) {
    fail('pruning/mask', {
      subject: `${subject}: mask of '${name}'`,
      expected: `the shape [${shape.join(',')}] of the weight`,
      got: `[${mask.shape.join(',')}]${kept.length === size ? '' : ` with ${kept.length} elements`}`,
      ...([...mask.shape].reverse().join() === shape.join() && {
        advice: 'Turn its axes round: kernels count outputs last',
      }),
    });
  }
  const at = kept.findIndex((one) => one > 1);
  if (at >= 0) {
    fail('pruning/mask', {
      subject: `${subject}: mask of '${name}'`,
      expected: '1 for an element that is kept and 0 for one that is not',
      got: `${kept[at]} at element ${at}`,
    });
  }
}
