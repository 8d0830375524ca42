import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import {
  medianWeights,
  ratioOfMeans,
  ratioOfMedians,
  ratioOverRuns,
  studentQuantile,
} from '../../src/measure/ratio.js';
import { Random, randomStream } from '../../src/random.js';

/** One round of two sides whose medians are 1: how the noise of timings may look. */
type Noise = (random: Random) => readonly [number, number];

const logNormal = (random: Random, deviation: number): number => Math.exp(random.normal(0, deviation));

const NOISES: Readonly<Record<string, Noise>> = {
  'each side for itself, log-normal': (random) => [logNormal(random, 0.2), logNormal(random, 0.2)],
  'mostly shared by both sides of a round': (random) => {
    const shared = logNormal(random, 0.2);
    return [shared * logNormal(random, 0.05), shared * logNormal(random, 0.05)];
  },
  'one side far noisier, part of it shared': (random) => {
    const shared = logNormal(random, 0.1);
    return [shared * logNormal(random, 0.4), shared * logNormal(random, 0.03)];
  },
  'a tenth of the rounds three times slower for both': (random) => {
    const shared = random.uniform() < 0.1 ? 3 : 1;
    return [shared * logNormal(random, 0.05), shared * logNormal(random, 0.05)];
  },
};

/** Share of simulated comparisons whose interval holds the true ratio of medians, 1.2. */
function coverage(noise: Noise, rounds: number, paired: boolean, comparisons: number): number {
  const random = Random.of(rounds);
  let covered = 0;
  for (let i = 0; i < comparisons; i++) {
    const drawn = Array.from({ length: rounds }, () => noise(random));
    const { low, high } = ratioOfMedians(
      drawn.map(([a]) => 1.2 * a),
      drawn.map(([, b]) => b),
      () => random.uniform(),
      { paired },
    );
    if (low <= 1.2 && 1.2 <= high) covered++;
  }
  return covered / comparisons;
}

describe('ratio of medians', () => {
  it('lies inside its interval, which covers the truth and repeats by seed', () => {
    const random = randomStream(5);
    const noise = () => 1 + 0.2 * random();
    const slow = Array.from({ length: 80 }, () => 20 * noise());
    const fast = Array.from({ length: 80 }, () => 10 * noise());
    const ratio = ratioOfMedians(slow, fast, randomStream(1));
    expect(ratio.low).to.be.at.most(ratio.value);
    expect(ratio.high).to.be.at.least(ratio.value);
    expect(ratio.low).to.be.within(1.8, 2);
    expect(ratio.high).to.be.within(2, 2.2);
    expect(ratioOfMedians(slow, fast, randomStream(1))).to.deep.equal(ratio);
  });

  it('what slows both sides of a round does not widen the interval', () => {
    const fast = Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? 5 : 1));
    const { value, low, high } = ratioOfMedians(
      fast.map((time) => 2 * time),
      fast,
      randomStream(1),
    );
    expect(value).to.equal(2);
    // Logarithms are rounded: 2⁻⁵² each, of numbers below 4.
    expect(low).to.be.closeTo(2, 1e-14);
    expect(high).to.be.closeTo(2, 1e-14);
  });

  for (const [name, noise] of Object.entries(NOISES)) {
    it(`95 % intervals cover the truth in 93 to 97 % of 2000 comparisons: ${name}`, function () {
      this.timeout(60_000);
      for (const rounds of [10, 30]) {
        expect(coverage(noise, rounds, true, 2000), `${rounds} rounds`).to.be.within(0.93, 0.97);
      }
    });
  }

  it('and so they do with 5 and with 100 rounds, and with separate runs', function () {
    this.timeout(60_000);
    const apart = NOISES['each side for itself, log-normal'] as Noise;
    expect(coverage(apart, 5, true, 2000)).to.be.within(0.93, 0.97);
    expect(coverage(apart, 100, true, 2000)).to.be.within(0.93, 0.97);
    expect(coverage(apart, 10, false, 2000)).to.be.within(0.93, 0.97);
  });

  it('separate runs may differ in number, and nothing is made of the order of their samples', () => {
    const fast = Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? 5 : 1));
    const slow = fast.map((time) => 2 * time);
    const { low, high } = ratioOfMedians(slow, fast, randomStream(1), { paired: false });
    expect(high / low).to.be.greaterThan(1.5);
    const more = ratioOfMedians([...slow, 3], fast, randomStream(1), { paired: false });
    expect(more.value).to.equal(2);
  });

  it('weights of the median of 3 are 7, 13 and 7 of 27; of 4 those of the beta distribution', () => {
    const differences = (n: number) => {
      const sums = medianWeights(n);
      return [...sums.slice(1)].map((sum, i) => sum - (sums[i] as number));
    };
    expect(differences(3).map((weight) => Math.round(27 * weight * 1e9) / 1e9)).to.deep.equal([7, 13, 7]);
    // np.diff(scipy.stats.beta.cdf(np.arange(5) / 4, 2.5, 2.5)) of scipy 1.17
    const known = [0.126585, 0.373415, 0.373415, 0.126585];
    for (const [i, weight] of differences(4).entries())
      expect(weight).to.be.closeTo(known[i] as number, 2e-4);
    expect(differences(1000).every((weight) => weight >= 0)).to.equal(true);
  });

  it("Student's 97.5th percentiles agree with scipy.stats.t.ppf(0.975, degrees)", () => {
    const known = [
      [1, 12.706204736],
      [2, 4.30265273],
      [3, 3.182446305],
      [4, 2.776445105],
      [9, 2.262157163],
      [29, 2.045229642],
      [999, 1.96234146],
    ] as const;
    for (const [degrees, quantile] of known) {
      expect(studentQuantile(degrees) / quantile).to.be.within(0.996, 1.004);
    }
    expect(studentQuantile(9)).to.be.closeTo(2.262157163, 2e-5);
  });

  it('sides of different length are refused unless they are separate; so are too few samples and 0', async () => {
    const refused = (a: number[], b: number[]) =>
      expectCode('argument/invalid', () => ratioOfMedians(a, b, randomStream(1)));
    expect((await refused([1, 2], [1])).message).to.contain('2 and 1');
    await refused([1], [1]);
    expect((await refused([1, 2], [1, 0])).message).to.contain('above 0, got 0');
    await refused([1, NaN], [1, 1]);
  });
});

describe('ratio over runs', () => {
  /** Runs whose processes differ by a few percent each, as processes of one and the same program do. */
  const runsOf = (random: Random, count: number, rounds: number) =>
    Array.from({ length: count }, () => {
      const [ofA, ofB] = [logNormal(random, 0.03), logNormal(random, 0.03)];
      const samples = (of: number) => Array.from({ length: rounds }, () => of * logNormal(random, 0.05));
      return { a: samples(1.2 * ofA), b: samples(ofB) };
    });

  it('95 % intervals cover the truth in 93 to 97 % of 2000 comparisons where processes differ', function () {
    this.timeout(60_000);
    for (const count of [3, 5]) {
      const random = Random.of(count);
      let [over, within] = [0, 0];
      for (let i = 0; i < 2000; i++) {
        const runs = runsOf(random, count, 10);
        const { low, high } = ratioOverRuns(runs);
        if (low <= 1.2 && 1.2 <= high) over++;
        if (i >= 500) continue;
        // All samples as if they were of one process: an interval that is far too narrow.
        const [a, b] = [runs.flatMap((run) => run.a), runs.flatMap((run) => run.b)];
        const pooled = ratioOfMedians(a, b, () => random.uniform());
        if (pooled.low <= 1.2 && 1.2 <= pooled.high) within++;
      }
      expect(over / 2000, `${count} runs`).to.be.within(0.93, 0.97);
      expect(within / 500, `${count} runs taken for one`).to.be.lessThan(0.8);
    }
  });

  it("is the geometric mean of the runs' ratios, between Student's bounds of the runs", () => {
    const { value, low, high } = ratioOverRuns([
      { a: [2, 2, 2], b: [1, 1] },
      { a: [4, 4], b: [1, 1] },
    ]);
    expect(value).to.be.closeTo(Math.sqrt(8), 1e-12);
    // Logarithms of 2 and 4: their mean is that of √8, their standard error log(2) / 2.
    expect(low).to.be.closeTo(Math.sqrt(8) * 2 ** (-12.7062 / 2), 1e-4);
    expect(high).to.be.closeTo(Math.sqrt(8) * 2 ** (12.7062 / 2), 0.02);
  });

  it('lies among the ratios of runs whose machines were not equally fast', () => {
    // Pooled, the medians would be 1.7 and 2.2 and their ratio on the other side of 1.
    const { value } = ratioOverRuns([
      { a: [1.3, 1.3, 1.3], b: [2, 2, 2] },
      { a: [1.7, 1.7, 1.7], b: [2.2, 2.2, 2.2] },
    ]);
    expect(value).to.be.within(1.3 / 2, 1.7 / 2.2);
  });

  it('refuses too few resamples', async () => {
    for (const resamples of [0, 1, 49, 50.5, Number.NaN]) {
      await expectCode('argument/invalid', () =>
        ratioOfMedians([1, 2], [1, 2], randomStream(1), { resamples }),
      );
    }
  });

  it('refuses one run, too few samples and times of 0', async () => {
    const run = { a: [1, 1], b: [1, 1] };
    const refused = (...runs: Parameters<typeof ratioOverRuns>[0]) =>
      expectCode('argument/invalid', () => ratioOverRuns(runs));
    expect((await refused(run)).message).to.contain('at least 2 runs');
    await refused(run, { a: [1], b: [1, 1] });
    await refused(run, { a: [1, 0], b: [1, 1] });
  });
});

describe('ratio of means', () => {
  it("agrees with Welch's interval of scipy", () => {
    const now = [1.32, 1.28, 1.35, 1.3, 1.41];
    const before = [1.01, 0.98, 1.06];
    const { value, low, high } = ratioOfMeans(now, before);
    // r = scipy.stats.ttest_ind(np.log(now), np.log(before), equal_var=False) of scipy 1.17:
    // np.exp(np.mean(np.log(now)) - np.mean(np.log(before))), np.exp(r.confidence_interval(0.95))
    expect(value).to.be.closeTo(1.3101014, 1e-6);
    // Student's quantile is an expansion, good to 0.3 % of the reach, for 4.2 degrees.
    expect(low).to.be.closeTo(1.212148, 3e-4);
    expect(high).to.be.closeTo(1.4159704, 3e-4);
  });

  it('95 % intervals cover the truth in 93 to 97 % of 2000 comparisons, also of unequal spread and number', () => {
    for (const [counts, spreads] of [
      [
        [5, 5],
        [0.04, 0.04],
      ],
      [
        [3, 8],
        [0.02, 0.02],
      ],
      [
        [5, 5],
        [0.01, 0.1],
      ],
    ] as const) {
      const random = Random.of(11);
      const runs = (side: 0 | 1, of: number) =>
        Array.from({ length: counts[side] }, () => of * logNormal(random, spreads[side]));
      let covered = 0;
      for (let i = 0; i < 2000; i++) {
        const { low, high } = ratioOfMeans(runs(0, 2.4), runs(1, 2));
        if (low <= 1.2 && 1.2 <= high) covered++;
      }
      expect(covered / 2000, counts.join(' and ')).to.be.within(0.93, 0.97);
    }
  });

  it('is sure of values that do not differ, and refuses single ones and 0', async () => {
    const { low, high } = ratioOfMeans([3, 3], [2, 2]);
    expect(low).to.be.closeTo(1.5, 1e-12);
    expect(high).to.be.closeTo(1.5, 1e-12);
    await expectCode('argument/invalid', () => ratioOfMeans([1], [1, 2]));
    await expectCode('argument/invalid', () => ratioOfMeans([1, 2], [1, 0]));
    await expectCode('argument/invalid', () => ratioOfMeans([1, Infinity], [1, 2]));
  });
});
