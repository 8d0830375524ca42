import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { withoutLeast, type Scored } from '../../src/methods/least.js';
import { byChance } from '../../src/methods/unstructured.js';

/** By sorting: what must go is what comes first by magnitude, then by place. */
function sorted(parts: readonly Scored[], count: number): number[][] {
  const all = parts.flatMap(({ scores, kept }, part) =>
    [...scores].flatMap((score, i) => (kept?.[i] === 0 ? [] : [{ size: Math.abs(score), part, i }])),
  );
  all.sort((a, b) => a.size - b.size || a.part - b.part || a.i - b.i);
  const left = parts.map(({ scores, kept }) => [...(kept ?? new Uint8Array(scores.length).fill(1))]);
  for (const { part, i } of all.slice(0, count)) (left[part] as number[])[i] = 0;
  return left;
}

describe('the least magnitudes', () => {
  it('are those that sorting gives, with ties, zeros, denormal and huge numbers, earlier masks and several parts', () => {
    const random = Random.of(3);
    for (let trial = 0; trial < 60; trial++) {
      const parts = Array.from({ length: 1 + random.integer(3) }, (): Scored => {
        // Some above the size from which on buckets are counted.
        const size = trial % 6 === 0 ? 5000 + random.integer(100) : random.integer(40);
        const scale = [1, 1e-42, 1e38][random.integer(3)] as number;
        const scores = Float32Array.from(
          { length: size },
          () => Math.round(random.normal() * 20) * scale * 0.05,
        );
        return random.integer(2) === 0
          ? { scores }
          : {
              scores,
              kept:
                scores.map(() => random.integer(2)).length > 0
                  ? Uint8Array.from({ length: size }, () => random.integer(2))
                  : undefined,
            };
      });
      const left = parts.reduce(
        (sum, { scores, kept }) => sum + (kept?.filter((one) => one === 1).length ?? scores.length),
        0,
      );
      const count = random.integer(left + 1);
      expect(
        withoutLeast(parts, count).map((mask) => [...mask]),
        `trial ${trial}`,
      ).to.deep.equal(sorted(parts, count));
    }
  });

  it('may be a part of a larger buffer', () => {
    const scores = Float32Array.of(0, 0, 3, -1, 2, 0).subarray(2, 5);
    expect(withoutLeast([{ scores }], 1)).to.deep.equal([Uint8Array.of(1, 0, 1)]);
  });
});

describe('pruning by chance', () => {
  it('takes the number asked for, the same for a seed, and each element as often as another', () => {
    const parts = [
      { scores: new Float32Array(6) },
      { scores: new Float32Array(4), kept: Uint8Array.of(1, 0, 1, 1) },
    ];
    const gone = new Array<number>(10).fill(0);
    const runs = 4000;
    for (let seed = 0; seed < runs; seed++) {
      const masks = byChance(parts, { count: 3 }, Random.of(seed), 'test');
      const flat = masks.flatMap((mask) => [...mask]);
      expect(flat.filter((one) => one === 0).length, `seed ${seed}`).to.equal(4);
      flat.forEach((one, i) => (gone[i] = (gone[i] as number) + (1 - one)));
    }
    expect(gone[7]).to.equal(runs);
    // A third each; five standard deviations of a binomial of 4000 are 149.
    gone.forEach((times, i) => i !== 7 && expect(Math.abs(times - runs / 3)).to.be.below(149));
    const again = [1, 2].map(() => byChance(parts, { fraction: 0.5 }, Random.of(8), 'test'));
    expect(again[0]).to.deep.equal(again[1]);
  });
});
