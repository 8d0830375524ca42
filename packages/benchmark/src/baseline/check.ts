import { fail, type Interval } from '@tfjs-optimize/core';
import type { Baseline } from '../record/baseline.js';
import type { InputRecord, Machine } from '../record/measurement.js';

/** What a slowdown means against the limit that was set. */
export type RegressionVerdict = 'within the limit' | 'not clear' | 'too slow';

/** A measurement held against one of before. */
export interface Regression {
  /** Time now over time then, both in units of the reference work, with its 95 % interval. */
  readonly slowdown: Interval;
  readonly maxSlowdown: number;
  /**
   * `too slow` when the whole interval lies above the limit, `within the limit` when all of it lies at or
   * below, else `not clear`: measure for longer.
   */
  readonly verdict: RegressionVerdict;
  /** What is not as it was then, and makes the comparison less sure. */
  readonly warnings: readonly string[];
}

/**
 * Holds a measurement against a baseline of the same candidate.
 *
 * @param maxSlowdown largest ratio of times that is accepted, above 0: 1.1 lets a call take a tenth longer.
 * @throws `baseline/other` where backend or inputs are others than then, `argument/invalid` for the limit.
 */
export function checkRegression(baseline: Baseline, now: Baseline, maxSlowdown: number): Regression {
  requireLimit(maxSlowdown);
  requireSame('the backend', baseline.machine.backend, now.machine.backend);
  requireSame('the inputs', inputsText(baseline.inputs), inputsText(now.inputs));
  const slowdown = quotient(now.relative, baseline.relative);
  return {
    slowdown,
    maxSlowdown,
    verdict: regressionVerdict(slowdown, maxSlowdown),
    warnings: changes(baseline.machine, now.machine),
  };
}

/** What an interval of slowdowns says about a limit. */
export function regressionVerdict({ low, high }: Interval, maxSlowdown: number): RegressionVerdict {
  if (low > maxSlowdown) return 'too slow';
  return high <= maxSlowdown ? 'within the limit' : 'not clear';
}

/** Throws `argument/invalid` unless a limit is a number above 0. */
export function requireLimit(maxSlowdown: number): void {
  if (maxSlowdown > 0 && maxSlowdown < Infinity) return;
  fail('argument/invalid', {
    subject: 'maxSlowdown',
    expected: 'a number above 0, such as 1.1',
    got: String(maxSlowdown),
  });
}

/**
 * By how much two processes that run the very same program differ, on the scale of logarithms: code and
 * data lie elsewhere in each. Between 0.6 and 3.1 % were seen with a small network, and no interval of a
 * single process shows it.
 */
const BETWEEN_PROCESSES = 0.03;

/**
 * Ratio of two values that were measured independently. On the scale of logarithms their errors add in
 * squares, together with what processes differ by; ends of an interval that lie unevenly around the value
 * are taken each for itself.
 */
function quotient(a: Interval, b: Interval): Interval {
  const value = a.value / b.value;
  const below = Math.hypot(Math.log(a.value / a.low), Math.log(b.high / b.value), BETWEEN_PROCESSES);
  const above = Math.hypot(Math.log(a.high / a.value), Math.log(b.value / b.low), BETWEEN_PROCESSES);
  return { value, low: value * Math.exp(-below), high: value * Math.exp(above) };
}

function requireSame(what: string, then: string, now: string): void {
  if (then === now) return;
  fail('baseline/other', {
    subject: `${what} of this measurement`,
    expected: `${then}, as in the baseline`,
    got: now,
    advice: 'Measure as then, or make a new baseline',
  });
}

function inputsText(inputs: readonly InputRecord[]): string {
  return inputs.map(({ key, dtype, shape }) => `${key} ${dtype}[${shape.join(',')}]`).join(', ') || 'none';
}

const TOLD: readonly (readonly [what: string, of: (machine: Machine) => string])[] = [
  ['processor', ({ cpu, cores }) => `${cpu}, ${cores} cores`],
  ['engine', ({ engine }) => engine],
  ['TensorFlow.js', ({ tfjs }) => tfjs],
];

function changes(then: Machine, now: Machine): string[] {
  return TOLD.flatMap(([what, of]) =>
    of(then) === of(now) ? [] : [`another ${what} than in the baseline: ${of(now)}, then ${of(then)}`],
  );
}
