import {
  fail,
  interleaveSamplers,
  Random,
  ratioOfMedians,
  type InterleaveOptions,
  type Sampler,
  type Timing,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { requireNoneLeft, type FirstCall } from '../measure/first-call.js';
import { interleaveOptions, type TimingOptions } from '../measure/measure.js';
import { measurementOf } from '../measure/measurement.js';
import { RECORD_VERSION, type Comparison, type Measurement } from '../record/measurement.js';
import { verdict } from '../stats/verdict.js';
import { compareOutputsOf, DEFAULT_TOLERANCE, type Sameness } from './same.js';
import type { Side, Surroundings } from './side.js';

/** What {@link compareSides} needs of a side. */
export type ComparedSide = Pick<Side, 'name' | 'prepare' | 'firstCall' | 'sampler' | 'kernelTimes'>;

/** Options of {@link compareSides}. */
export interface CompareSidesOptions {
  readonly tolerance?: number;
  readonly differByDesign?: boolean;
  readonly isolated?: boolean;
}

/**
 * Checks that sides compute the same, then times them by turns; the first is the baseline.
 * @throws `compare/outputs`, and what the sides throw.
 */
export async function compareSides(
  sides: readonly ComparedSide[],
  limits: InterleaveOptions,
  { tolerance = DEFAULT_TOLERANCE, differByDesign = false, isolated = false }: CompareSidesOptions,
): Promise<Comparison> {
  const surroundings: Surroundings[] = [];
  for (const side of sides) surroundings.push(await side.prepare());
  const firsts: FirstCall[] = [];
  for (const side of sides) firsts.push(await side.firstCall());
  const sameness = sides.map(({ name }, i) =>
    i === 0
      ? {}
      : compareOutputsOf(name, outputsOf(firsts, 0), outputsOf(firsts, i), { tolerance, differByDesign }),
  );
  const samplers = Object.fromEntries(sides.map(({ name, sampler }): [string, Sampler] => [name, sampler]));
  const held = tf.memory().numTensors;
  const timings = await interleaveSamplers(samplers, limits);
  const rounds = timings[(sides[0] as ComparedSide).name]?.samples.length ?? 0;
  requireNoneLeft(`candidates ${sides.map(({ name }) => `'${name}'`).join(', ')}`, held, rounds);
  const measurements: Measurement[] = [];
  for (const [i, { name, kernelTimes }] of sides.entries()) {
    const { ms: firstCallMs } = firsts[i] as FirstCall;
    const on = { name, ...(surroundings[i] as Surroundings), firstCallMs, kernel: await kernelTimes() };
    measurements.push(measurementOf(timings[name] as Timing, on));
  }
  return {
    version: RECORD_VERSION,
    seed: limits.seed,
    isolated,
    tolerance,
    measurements,
    against: against(measurements, sameness, Random.of(limits.seed)),
  };
}

function against(
  [baseline, ...others]: readonly Measurement[],
  [, ...sameness]: readonly Sameness[],
  random: Random,
): Comparison['against'] {
  return others.map(({ name, samples }, i) => {
    const draws = random.fork(name);
    const speedup = ratioOfMedians((baseline as Measurement).samples, samples, () => draws.uniform());
    return { name, speedup, verdict: verdict(speedup), ...sameness[i] };
  });
}

const outputsOf = (firsts: readonly FirstCall[], i: number) => (firsts[i] as FirstCall).outputs;

/**
 * The options of a comparison as `interleave` takes them.
 * @throws `argument/invalid` for options out of range; a ratio has no interval below two samples.
 */
export function comparisonLimits(
  task: string,
  options: TimingOptions & { readonly tolerance?: number },
): InterleaveOptions {
  requirePositive('tolerance', options.tolerance, true);
  const limits = interleaveOptions(task, options);
  const rounds = limits.maxRounds;
  if (rounds !== undefined && rounds < 2) {
    fail('argument/invalid', {
      subject: options.runs === undefined ? 'maxRounds' : 'runs',
      expected: 'at least 2, since one sample has no interval',
      got: String(rounds),
    });
  }
  return limits.minRounds === 1 ? { ...limits, minRounds: 2 } : limits;
}

export function requirePositive(subject: string, value: number | undefined, orZero = false): void {
  if (value === undefined || (Number.isFinite(value) && (value > 0 || (orZero && value === 0)))) return;
  fail('argument/invalid', {
    subject,
    expected: orZero ? 'a number from 0 on' : 'a number above 0',
    got: String(value),
  });
}
