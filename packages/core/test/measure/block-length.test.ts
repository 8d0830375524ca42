import { Random, ratioOfMedians } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { blockLength } from '../../src/measure/block-length.js';

/** Numbers each of which keeps a share of the one before. */
function series(n: number, share: number, random: Random): number[] {
  let last = random.normal();
  return Array.from({ length: n }, () => (last = share * last + Math.sqrt(1 - share ** 2) * random.normal()));
}

describe('blockLength', () => {
  it('is 1 where neighbours do not resemble each other, or there are too few to tell', () => {
    const random = Random.of(1);
    const lengths = Array.from({ length: 100 }, () => blockLength(series(200, 0, random)));
    expect(lengths.filter((length) => length === 1).length, 'of 100').to.be.at.least(80);
    for (const few of [[], [1], [1, 2, 3], Array<number>(50).fill(7)]) expect(blockLength(few)).to.equal(1);
    expect(blockLength(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 1 : -1))), 'by turns').to.equal(
      1,
    );
  });

  it('comes near the best length for a series that keeps half of itself', () => {
    // ((3/2) (2 ρ / (1 - ρ²))² n)^(1/3) for ρ = 0.5 and n = 500; Politis and White 2004, section 3.
    const best = (1.5 * (1 / 0.75) ** 2 * 500) ** (1 / 3);
    const random = Random.of(2);
    const lengths = Array.from({ length: 200 }, () => blockLength(series(500, 0.5, random))).sort(
      (a, b) => a - b,
    );
    expect(lengths[100]).to.be.within(0.6 * best, 1.6 * best);
  });

  it('makes intervals nearly as wide as those of single values, however often each was taken', () => {
    const random = Random.of(4);
    const reach = (a: number[], b: number[]): number => {
      const { low, high } = ratioOfMedians(a, b, () => random.uniform());
      return Math.log(high / low);
    };
    const often = (values: readonly number[]): number[] =>
      values.flatMap((value) => Array<number>(12).fill(value));
    const shares = Array.from({ length: 60 }, () => {
      const [a, b] = [series(8, 0, random), series(8, 0, random)].map((each) =>
        each.map((x) => Math.exp(0.05 * x)),
      );
      return reach(often(a as number[]), often(b as number[])) / reach(a as number[], b as number[]);
    }).sort((a, b) => a - b);
    // 0.74 where the degrees of freedom are those of all values, not of the blocks.
    expect(shares[30]).to.be.within(0.82, 1.2);
  });

  it('lets intervals hold the truth where what disturbs one round disturbs the next', () => {
    const random = Random.of(3);
    const times = (): number[] => series(300, 0.8, random).map((x) => Math.exp(0.05 * x));
    const holding = Array.from({ length: 200 }, () => {
      const { low, high } = ratioOfMedians(times(), times(), () => random.uniform());
      return low <= 1 && 1 <= high;
    }).filter(Boolean).length;
    // Rounds drawn one by one hold it in 115 of these 200; 95 % would be 190.
    expect(holding, 'of 200').to.be.at.least(172);
  });
});
