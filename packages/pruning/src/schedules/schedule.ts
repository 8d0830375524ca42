import { fail, type JsonObject } from '@tfjs-optimize/core';

/** What a schedule says of a training. Steps are counted from 0: at step n so many steps of training are done. */
export interface Timetable {
  /** The first step at which weights are pruned. */
  readonly begin: number;
  /** The last one; infinite where it never ends. */
  readonly end: number;
  /** Whether weights are pruned at a step, as TensorFlow Model Optimization has it. */
  readonly prunesAt: (step: number) => boolean;
  /** The share of zeros to have at a step, in float32, at any step. */
  readonly sparsityAt: (step: number) => number;
}

/** How sparse weights become in the course of a training. Immutable. */
export interface SparsitySchedule {
  /** What it was made of. */
  readonly options: JsonObject;
  /**
   * The schedule in a training of so many steps.
   * @param steps may be infinite where data tell no size.
   * @throws `pruning/schedule` for a schedule that does not end with the training, or that hangs on a number of steps
   *   that nobody knows.
   */
  readonly over: (steps: number) => Timetable;
}

/** When a schedule prunes. */
export interface Times {
  /** The first step at which it prunes; 0, before any training, unless told. */
  readonly begin?: number;
  /** The last step. */
  readonly end?: number;
  /** Steps from one pruning to the next; 100 unless told, as in TensorFlow Model Optimization. */
  readonly frequency?: number;
}

/** The steps of a schedule, checked. */
export interface KnownTimes {
  readonly begin: number;
  readonly end: number | undefined;
  readonly frequency: number;
}

/** @throws `pruning/schedule` for steps that are no whole numbers, and for an end before the beginning. */
export function readTimes({ begin = 0, end, frequency = 100 }: Times, subject: string): KnownTimes {
  whole(begin, 0, `${subject}: begin`);
  if (end !== undefined) whole(end, 0, `${subject}: end`);
  whole(frequency, 1, `${subject}: frequency`);
  if (end !== undefined && end < begin) {
    fail('pruning/schedule', {
      subject: `${subject}: end`,
      expected: `a step from ${begin}, where it begins`,
      got: String(end),
    });
  }
  return { begin, end, frequency };
}

/** @throws `pruning/schedule` for what is no whole number from `least` up. */
export function whole(value: number, least: number, subject: string): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  fail('pruning/schedule', { subject, expected: `a whole number from ${least} up`, got: String(value) });
}

/** @throws `pruning/schedule` for what is no share of zeros that leaves anything. */
export function readShare(value: number, subject: string): number {
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  return fail('pruning/schedule', {
    subject,
    expected: 'a share of zeros from 0 to below 1',
    got: String(value),
  });
}

/** Refuses a schedule whose end a training does not reach. */
export function checkReached(end: number, steps: number, subject: string): void {
  if (end <= steps) return;
  fail('pruning/schedule', {
    subject: `${subject}: end`,
    expected: `a step within the training, which has ${steps}`,
    got: String(end),
    advice: 'Train longer, or let it end earlier',
  });
}

/** The number of steps of a training on which a schedule hangs. */
export function needSteps(steps: number, subject: string): number {
  if (Number.isFinite(steps)) return steps;
  return fail('pruning/schedule', {
    subject: `${subject}: end`,
    expected: 'to know how many steps the training has',
    got: 'data that tell no size',
    advice: 'Give the schedule its end, or the training stepsPerEpoch',
  });
}
