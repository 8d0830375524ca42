import { fail, ratioOfMeans, type Interval } from '@tfjs-optimize/core';
import type { Baseline } from '../record/baseline.js';
import { parseBaseline } from './parse.js';
import type { InputRecord, Machine, Measurement } from '../record/measurement.js';

/** What a slowdown means against the limit that was set. */
export type RegressionVerdict = 'within the limit' | 'not clear' | 'too slow';

/** Options of {@link checkRegression}. */
export interface RegressionOptions {
  /**
   * Takes a baseline of another processor, too. How the times of a model and of the reference work relate
   * depends on the processor, so a verdict may then be about that and not about the model.
   */
  readonly otherMachine?: boolean;
}

/** A measurement held against one of before. */
export interface Regression {
  /** Time now over time then, both in units of the reference work, with its 95 % interval. */
  readonly slowdown: Interval;
  readonly maxSlowdown: number;
  /**
   * `too slow` when the whole interval lies above the limit, `within the limit` when all of it lies at or
   * below, else `not clear`: measure for longer, or in more processes.
   */
  readonly verdict: RegressionVerdict;
  /** What is not as it was then, and makes the comparison less sure. */
  readonly warnings: readonly string[];
}

/**
 * Holds a measurement against a baseline of the same candidate. Each pair of processes counts as one
 * observation; see core's `ratioOfMeans`.
 *
 * @param maxSlowdown largest ratio of times that is accepted, above 0: 1.1 lets a call take a tenth longer.
 * @throws `baseline/schema` for what is no baseline, `baseline/other` where backend, inputs or processor are others than then, `argument/invalid` for
 *   the limit.
 */
export function checkRegression(
  baseline: Baseline,
  now: Baseline,
  maxSlowdown: number,
  { otherMachine = false }: RegressionOptions = {},
): Regression {
  requireLimit(maxSlowdown);
  parseBaseline(baseline);
  parseBaseline(now, 'measurement');
  requireComparable(baseline, now.model, { otherMachine });
  const slowdown = ratioOfMeans(now.ratios, baseline.ratios);
  return {
    slowdown,
    maxSlowdown,
    verdict: regressionVerdict(slowdown, maxSlowdown),
    warnings: changes(baseline.model.machine, now.model.machine),
  };
}

/** What an interval of slowdowns says about a limit. */
export function regressionVerdict(
  { low, high }: Pick<Interval, 'low' | 'high'>,
  maxSlowdown: number,
): RegressionVerdict {
  if (low > maxSlowdown) return 'too slow';
  return high <= maxSlowdown ? 'within the limit' : 'not clear';
}

/**
 * Refuses to hold a measurement against a baseline that was made otherwise. Cheap: ask before measuring.
 * @throws `baseline/other` where backend, inputs or, unless `otherMachine`, the processor are others.
 */
export function requireComparable(
  { model: then }: Baseline,
  now: Pick<Measurement, 'machine' | 'inputs'>,
  { otherMachine = false }: RegressionOptions = {},
): void {
  requireSame('the backend', then.machine.backend, now.machine.backend);
  requireSame('the inputs', inputsText(then.inputs), inputsText(now.inputs));
  if (!otherMachine) {
    const advice = 'Make a baseline on this machine, or accept that of another (--other-machine)';
    requireSame('the processor', processorText(then.machine), processorText(now.machine), advice);
  }
}

function requireLimit(maxSlowdown: number): void {
  if (maxSlowdown > 0 && maxSlowdown < Infinity) return;
  fail('argument/invalid', {
    subject: 'maxSlowdown',
    expected: 'a number above 0, such as 1.1',
    got: String(maxSlowdown),
  });
}

function requireSame(
  what: string,
  then: string,
  now: string,
  advice = 'Measure as then, or make a new baseline',
): void {
  if (then === now) return;
  fail('baseline/other', {
    subject: `${what} of this measurement`,
    expected: `${then}, as in the baseline`,
    got: now,
    advice,
  });
}

/** Types and shapes, in order: the same model saved in another format may call its inputs otherwise. */
function inputsText(inputs: readonly InputRecord[]): string {
  return inputs.map(({ dtype, shape }) => `${dtype}[${shape.join(',')}]`).join(', ') || 'none';
}

const processorText = ({ cpu, cores }: Machine): string => `${cpu}, ${cores} cores`;

const TOLD: readonly (readonly [what: string, of: (machine: Machine) => string])[] = [
  ['processor', processorText],
  ['engine', ({ engine }) => engine],
  ['TensorFlow.js', ({ tfjs }) => tfjs],
];

function changes(then: Machine, now: Machine): string[] {
  return TOLD.flatMap(([what, of]) =>
    of(then) === of(now) ? [] : [`another ${what} than in the baseline: ${of(now)}, then ${of(then)}`],
  );
}
