import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { sparsities } from '../../src/schedules/sparsities.js';
import type { SparsitySchedule } from '../../src/schedules/schedule.js';

/** Steps at which a schedule prunes in a training, with the share of zeros then in hundredths. */
function course(schedule: SparsitySchedule, steps: number): [number, number][] {
  const { prunesAt, sparsityAt } = schedule.over(steps);
  return Array.from({ length: steps + 1 }, (_, i) => i)
    .filter(prunesAt)
    .map((step) => [step, Math.round(100 * sparsityAt(step))]);
}

describe('schedules of sparsity', () => {
  it('go to three quarters of a training unless told, and stay there', () => {
    const schedule = sparsities.polynomial({ to: 0.8, frequency: 10 });
    expect(course(schedule, 40)).to.deep.equal([
      [0, 0],
      [10, 56],
      [20, 77],
      [30, 80],
    ]);
    const { begin, end, sparsityAt } = schedule.over(40);
    expect([begin, end]).to.deep.equal([0, 30]);
    expect(sparsityAt(40)).to.equal(Math.fround(0.8));
  });

  it('follow half a cosine', () => {
    const schedule = sparsities.cosine({ from: 0.2, to: 0.6, begin: 10, end: 50, frequency: 10 });
    expect(course(schedule, 60)).to.deep.equal([
      [10, 20],
      [20, 26],
      [30, 40],
      [40, 54],
      [50, 60],
    ]);
  });

  it('prune once', () => {
    expect(course(sparsities.oneShot({ to: 0.5, at: 3 }), 5)).to.deep.equal([[3, 50]]);
    expect(course(sparsities.oneShot({ to: 0.5 }), 5)).to.deep.equal([[0, 50]]);
  });

  it('prune the same share of what is left in each round', () => {
    const schedule = sparsities.iterative({ to: 0.875, rounds: 3, begin: 2, end: 10 });
    expect(course(schedule, 20)).to.deep.equal([
      [2, 50],
      [6, 75],
      [10, 88],
    ]);
    expect(course(sparsities.iterative({ to: 0.5, rounds: 1, begin: 4, end: 4 }), 20)).to.deep.equal([
      [4, 50],
    ]);
  });

  it('are refused where they contradict themselves or the training', async () => {
    const wrong: readonly [() => unknown, string][] = [
      [() => sparsities.constant({ to: 0.5, frequency: 0 }), 'frequency: expected a whole number from 1'],
      [() => sparsities.constant({ to: 0.5, frequency: 1.5 }), 'got 1.5'],
      [() => sparsities.constant({ to: 1 }), 'to: expected a share of zeros from 0 to below 1, got 1'],
      [() => sparsities.constant({ to: NaN }), 'got NaN'],
      [() => sparsities.polynomial({ to: 0.5, from: -0.1 }), 'from: expected a share'],
      [() => sparsities.polynomial({ to: 0.5, power: 0 }), 'power: expected a number above 0'],
      [() => sparsities.cosine({ to: 0.5, begin: 5, end: 4 }), 'end: expected a step from 5'],
      [() => sparsities.cosine({ to: 0.5, begin: 5, end: 5 }), 'between which nothing lies'],
      [() => sparsities.oneShot({ to: 0.5, at: -1 }), 'at: expected a whole number from 0'],
      [() => sparsities.iterative({ to: 0.5, rounds: 0 }), 'rounds: expected a whole number from 1'],
      [() => sparsities.polynomial({ to: 0.5, end: 101 }).over(100), 'within the training, which has 100'],
      [() => sparsities.constant({ to: 0.5, begin: 101 }).over(100), 'within the training, which has 100'],
      [() => sparsities.oneShot({ to: 0.5, at: 101 }).over(100), 'within the training, which has 100'],
      [() => sparsities.polynomial({ to: 0.5 }).over(Infinity), 'data that tell no size'],
      [() => sparsities.cosine({ to: 0.5, begin: 80 }).over(100), 'a step before 75'],
      [() => sparsities.iterative({ to: 0.5, rounds: 9, end: 7 }).over(100), 'at most the 8 steps'],
    ];
    for (const [act, message] of wrong) {
      const error = await expectCode('pruning/schedule', async () => void (await act()));
      expect(error.message).to.include(message);
    }
    await expectCode('argument/invalid', () => sparsities.constant({} as { to: number }));
    await expectCode('argument/invalid', () => sparsities.oneShot({ to: 0.5, an: 1 } as { to: number }));
  });

  it('need no size of the data where they say when they end', () => {
    expect(sparsities.polynomial({ to: 0.5, end: 7 }).over(Infinity).end).to.equal(7);
    expect(sparsities.constant({ to: 0.5 }).over(Infinity).end).to.equal(Infinity);
  });
});
