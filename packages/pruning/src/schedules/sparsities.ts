import { fail, optionKinds, checkOptions, type OptionKinds } from '@tfjs-optimize/core';
import {
  checkReached,
  needSteps,
  readShare,
  readTimes,
  whole,
  type KnownTimes,
  type SparsitySchedule,
  type Times,
  type Timetable,
} from './schedule.js';

/** Options of a sparsity that stays the same. */
export interface ConstantOptions extends Times {
  /** The share of zeros, from 0 to below 1. */
  readonly to: number;
}

/** Options of schedules that go from one sparsity to another. */
export interface RampOptions extends Times {
  /** The share of zeros at the beginning; 0 unless told. */
  readonly from?: number;
  /** The share of zeros at the end, from 0 to below 1. */
  readonly to: number;
  /** The last step; after three quarters of the training unless told, so that the rest makes up for the last pruning. */
  readonly end?: number;
}

/** Options of a pruning in one go. */
export interface OneShotOptions {
  readonly to: number;
  /** The step; 0, before any training, unless told. */
  readonly at?: number;
}

/** Options of a pruning in rounds. */
export interface IterativeOptions extends Omit<Times, 'frequency'> {
  readonly to: number;
  /** How many times it prunes, spread evenly from beginning to end. */
  readonly rounds: number;
  /** The last step; after three quarters of the training unless told. */
  readonly end?: number;
}

// What numbers they are is told with `pruning/schedule`.
const number = optionKinds.number('a number', () => true);
const TIMES = { begin: number, end: number, frequency: number };
const CONSTANT: OptionKinds<ConstantOptions> = { ...TIMES, to: number };
const RAMP: OptionKinds<RampOptions> = { ...TIMES, from: number, to: number };
const POLYNOMIAL: OptionKinds<RampOptions & { readonly power?: number }> = { ...RAMP, power: number };
const ONE_SHOT: OptionKinds<OneShotOptions> = { to: number, at: number };
const ITERATIVE: OptionKinds<IterativeOptions> = { begin: number, end: number, to: number, rounds: number };

const f32 = Math.fround;

/**
 * Shares of zeros by step, for `pruneWhileTraining`.
 *
 * Each throws `pruning/schedule` for shares outside [0, 1), steps that are no whole numbers or contradict each other, a
 * frequency of 0.
 */
export const sparsities = {
  /** The same share whenever it prunes, to the end of the training unless told (`ConstantSparsity`). */
  constant(options: ConstantOptions): SparsitySchedule {
    const subject = 'sparsities.constant';
    checkOptions<ConstantOptions>(options, CONSTANT, { where: subject, needed: ['to'] });
    const times = readTimes(options, subject);
    const share = f32(readShare(options.to, `${subject}: to`));
    return {
      options: { kind: 'constant', ...options },
      over: (steps) => {
        checkReached(times.end ?? times.begin, steps, subject);
        return timetable({ ...times, end: times.end ?? Infinity }, () => share);
      },
    };
  },

  /**
   * Fast at first and slower towards the end: `to + (from - to) · (1 - t)^power`, where t goes from 0 to 1 (Zhu and Gupta
   * 2017, "To prune, or not to prune"; `PolynomialDecay`). The power is 3 unless told.
   */
  polynomial(options: RampOptions & { readonly power?: number }): SparsitySchedule {
    const subject = 'sparsities.polynomial';
    checkOptions(options, POLYNOMIAL, { where: subject, needed: ['to'] });
    const { power = 3 } = options;
    if (!(power > 0 && power < Infinity)) {
      fail('pruning/schedule', {
        subject: `${subject}: power`,
        expected: 'a number above 0',
        got: String(power),
      });
    }
    return ramp('polynomial', options, (left) => f32(left ** power));
  },

  /** Along half a cosine: slow at both ends. */
  cosine(options: RampOptions): SparsitySchedule {
    checkOptions<RampOptions>(options, RAMP, { where: 'sparsities.cosine', needed: ['to'] });
    return ramp('cosine', options, (left) => f32((1 - Math.cos(Math.PI * left)) / 2));
  },

  /** Once, at one step. */
  oneShot(options: OneShotOptions): SparsitySchedule {
    const subject = 'sparsities.oneShot';
    checkOptions<OneShotOptions>(options, ONE_SHOT, { where: subject, needed: ['to'] });
    const { at = 0 } = options;
    whole(at, 0, `${subject}: at`);
    const share = f32(readShare(options.to, `${subject}: to`));
    return {
      options: { kind: 'oneShot', ...options },
      over: (steps) => {
        checkReached(at, steps, subject);
        return { begin: at, end: at, prunesAt: (step) => step === at, sparsityAt: () => share };
      },
    };
  },

  /**
   * In rounds that each prune the same share of what is left (Han et al. 2015; Frankle and Carbin 2019): after k of n
   * rounds `1 - (1 - to)^(k/n)` is zero.
   */
  iterative(options: IterativeOptions): SparsitySchedule {
    const subject = 'sparsities.iterative';
    checkOptions<IterativeOptions>(options, ITERATIVE, { where: subject, needed: ['to', 'rounds'] });
    const { to, rounds } = options;
    const times = readTimes({ ...options, frequency: 1 }, subject);
    whole(rounds, 1, `${subject}: rounds`);
    readShare(to, `${subject}: to`);
    return {
      options: { kind: 'iterative', ...options },
      over: (steps) => {
        const { begin, end } = ends(times, steps, subject);
        if (end - begin < rounds - 1) {
          fail('pruning/schedule', {
            subject: `${subject}: rounds`,
            expected: `at most the ${end - begin + 1} steps from ${begin} to ${end}`,
            got: String(rounds),
          });
        }
        const at = (round: number): number =>
          rounds === 1 ? begin : begin + Math.round((round * (end - begin)) / (rounds - 1));
        const due = Array.from({ length: rounds }, (_, round) => at(round));
        const sparsityAt = (step: number): number =>
          f32(1 - (1 - to) ** (due.filter((each) => each <= step).length / rounds));
        return { begin, end: due.at(-1) as number, prunesAt: (step) => due.includes(step), sparsityAt };
      },
    };
  },
} as const;

/** From one sparsity to another. @param falling from 1 to 0 with what is left of the way. */
function ramp(kind: string, options: RampOptions, falling: (left: number) => number): SparsitySchedule {
  const subject = `sparsities.${kind}`;
  const { from = 0, to } = options;
  const times = readTimes(options, subject);
  readShare(from, `${subject}: from`);
  const last = f32(readShare(to, `${subject}: to`));
  if (times.begin === times.end) {
    fail('pruning/schedule', {
      subject: `${subject}: end`,
      expected: `a step behind ${times.begin}, where it begins`,
      got: `${times.end}, between which nothing lies`,
      advice: 'Prune in one go by sparsities.oneShot',
    });
  }
  const difference = f32(from - to);
  return {
    options: { kind, ...options },
    over: (steps) => {
      const { begin, end } = ends(times, steps, subject);
      return timetable({ ...times, begin, end }, (step) => {
        const along = Math.min(1, Math.max(0, f32((step - begin) / (end - begin))));
        return f32(f32(difference * falling(f32(1 - along))) + last);
      });
    },
  };
}

/** Where a schedule begins and ends in a training. */
function ends({ begin, end }: KnownTimes, steps: number, subject: string): { begin: number; end: number } {
  const last = end ?? Math.floor(0.75 * needSteps(steps, subject));
  checkReached(last, steps, subject);
  if (last > begin || end !== undefined) return { begin, end: last };
  return fail('pruning/schedule', {
    subject: `${subject}: begin`,
    expected: `a step before ${last}, which is three quarters of the training`,
    got: String(begin),
    advice: 'Give its end, or train longer',
  });
}

function timetable(
  { begin, end, frequency }: KnownTimes & { readonly end: number },
  sparsityAt: (step: number) => number,
): Timetable {
  const prunesAt = (step: number): boolean =>
    step >= begin && step <= end && (step - begin) % frequency === 0;
  return { begin, end, prunesAt, sparsityAt };
}
