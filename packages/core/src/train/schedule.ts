import { fail } from '../errors.js';

/** A number that changes in training. @param step from 0 on. @param steps in all. */
export type Schedule = (step: number, steps: number) => number;

/** Options of schedules that fall from one value to another. */
export interface Decay {
  /** At the first step. */
  readonly from: number;
  /** At the last step; 0 unless told. */
  readonly to?: number;
  /** Steps that it takes; all of the training unless told. It stays where it ends. */
  readonly steps?: number;
}

/** Share of the way that is behind a step, from 0 to 1: nothing is behind the first one. */
function along(step: number, steps: number): number {
  if (steps === Infinity) {
    fail('argument/invalid', {
      subject: 'schedule',
      expected: 'to know how many steps the training has',
      got: 'data that tell no size',
      advice: 'Give stepsPerEpoch, or the schedule its own steps',
    });
  }
  return Math.min(1, step / Math.max(1, steps - 1));
}

/** Numbers by step, for learning rates, temperatures and weights of losses. */
export const schedules = {
  /** The same at every step. */
  constant:
    (value: number): Schedule =>
    () =>
      value,

  /** Along half a cosine (Loshchilov and Hutter 2017, without restarts). */
  cosine({ from, to = 0, steps }: Decay): Schedule {
    checkSteps('cosine', steps);
    return (step, all) => to + ((from - to) * (1 + Math.cos(Math.PI * along(step, steps ?? all)))) / 2;
  },

  /** Along a power of what is left: a straight line unless told. */
  polynomial({ from, to = 0, steps, power = 1 }: Decay & { readonly power?: number }): Schedule {
    checkSteps('polynomial', steps);
    if (!(power > 0)) {
      fail('argument/invalid', {
        subject: 'schedules.polynomial',
        expected: 'a power above 0',
        got: String(power),
      });
    }
    return (step, all) => to + (from - to) * (1 - along(step, steps ?? all)) ** power;
  },

  /** Multiplied by a factor every so many steps. */
  step({
    from,
    every,
    factor = 0.1,
  }: {
    readonly from: number;
    readonly every: number;
    readonly factor?: number;
  }): Schedule {
    checkSteps('step', every);
    return (step) => from * factor ** Math.floor(step / every);
  },

  /** From near 0 in equal steps to where another schedule begins, which follows in what is left of the training. */
  warmUp(steps: number, then: Schedule): Schedule {
    checkSteps('warmUp', steps);
    return (step, all) => {
      const left = Math.max(1, all - steps);
      return step < steps ? (then(0, left) * (step + 1)) / steps : then(step - steps, left);
    };
  },
} as const;

function checkSteps(name: string, steps: number | undefined): void {
  if (steps === undefined || (Number.isInteger(steps) && steps > 0)) return;
  fail('argument/invalid', {
    subject: `schedules.${name}`,
    expected: 'a whole number of steps from 1 up',
    got: String(steps),
  });
}
