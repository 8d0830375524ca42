import { Random } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { nextBits, type State } from '../src/random.js';

const draw = (count: number, of: () => number): number[] => Array.from({ length: count }, of);

describe('Random', () => {
  it('is xoshiro128**: the first outputs of its reference code from the state 1, 2, 3, 4', () => {
    const state: State = [1, 2, 3, 4];
    expect(draw(10, () => nextBits(state))).to.deep.equal([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('gives the same numbers for the same seed, others for others', () => {
    const first = draw(20, bitsOf(7));
    expect(draw(20, bitsOf(7))).to.deep.equal(first);
    for (const seed of [0, 1, -7, 8, 7 + 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expect(draw(20, bitsOf(seed)), `${seed}`).not.to.deep.equal(first);
    }
    // Written down once: recipes replay to the same bytes only while these stay.
    expect(first.slice(0, 3)).to.deep.equal(PINNED);
  });

  it('forks by name, not by what was drawn before', () => {
    const parent = Random.of(3);
    const early = draw(5, bits(parent.fork('masks')));
    draw(100, bits(parent));
    expect(draw(5, bits(parent.fork('masks')))).to.deep.equal(early);
    expect(draw(5, bits(parent.fork('mask')))).not.to.deep.equal(early);
    expect(draw(5, bits(Random.of(4).fork('masks')))).not.to.deep.equal(early);
    expect(draw(5, bits(parent.fork('a').fork('b')))).not.to.deep.equal(draw(5, bits(parent.fork('ab'))));
    expect(draw(5, bits(parent.fork('')))).not.to.deep.equal(draw(5, bits(Random.of(3))));
  });

  it('draws uniform numbers: mean and variance within five standard errors', () => {
    const count = 100_000;
    const values = uniform(count, -1, 3);
    expect(Math.min(...values)).to.be.at.least(-1);
    expect(Math.max(...values)).to.be.below(3);
    const { mean, variance } = moments(values);
    // A uniform number over a width of 4 has variance 16/12, and its square deviation 16²/180.
    expect(Math.abs(mean - 1)).to.be.below(5 * Math.sqrt(16 / 12 / count));
    expect(Math.abs(variance - 16 / 12)).to.be.below(5 * Math.sqrt(256 / 180 / count));
  });

  it('draws normal numbers: mean, variance and tails within five standard errors', () => {
    const count = 100_000;
    const random = Random.of(11);
    const values = draw(count, () => random.normal(2, 3));
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - 2)).to.be.below((5 * 3) / Math.sqrt(count));
    expect(Math.abs(variance - 9)).to.be.below(5 * 9 * Math.sqrt(2 / count));
    // 4.55 % lie beyond two deviations.
    const beyond = values.filter((value) => Math.abs(value - 2) > 6).length / count;
    expect(Math.abs(beyond - 0.0455)).to.be.below(5 * Math.sqrt((0.0455 * 0.9545) / count));
    expect(values.every(Number.isFinite)).to.equal(true);
  });

  it('draws whole numbers, each equally likely: chi-square of 6 degrees of freedom below 30', () => {
    const random = Random.of(5);
    const drawn = draw(70_000, () => random.integer(7));
    expect(chiSquare(countOf(drawn, 7))).to.be.below(30);
    // Where most of the 32 bits are one run and a bit, taking the remainder alone would show at once.
    const many = draw(30_000, () => Math.floor(random.integer(3 * 2 ** 30) / 2 ** 30));
    expect(chiSquare(countOf(many, 3))).to.be.below(25);
  });

  it('shuffles a copy: each item equally likely in each place', () => {
    const items = [0, 1, 2, 3];
    const random = Random.of(9);
    const shuffled = Array.from({ length: 24_000 }, () => random.shuffle(items));
    expect(items).to.deep.equal([0, 1, 2, 3]);
    for (const item of items) {
      const places = shuffled.map((list) => list.indexOf(item));
      expect(chiSquare(countOf(places, 4)), `item ${item}`).to.be.below(25);
    }
    expect(random.shuffle([])).to.deep.equal([]);
  });

  it('refuses seeds and counts that are none', async () => {
    for (const seed of [0.5, NaN, 2 ** 60]) await expectCode('argument/invalid', () => Random.of(seed));
    for (const count of [0, -1, 1.5, 2 ** 33]) {
      await expectCode('argument/invalid', () => Random.of(1).integer(count));
    }
  });
});

const PINNED = [1882464653, 3976381869, 443375206];

const bits = (random: Random) => () => random.bits();
const bitsOf = (seed: number) => bits(Random.of(seed));

function uniform(count: number, low: number, high: number): number[] {
  const random = Random.of(1);
  return draw(count, () => random.uniform(low, high));
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

function countOf(values: readonly number[], kinds: number): number[] {
  return Array.from({ length: kinds }, (_, kind) => values.filter((value) => value === kind).length);
}

/** Distance of counts from equal ones. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
