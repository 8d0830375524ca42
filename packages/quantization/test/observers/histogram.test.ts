import { expect } from 'chai';
import { Random } from '@tfjs-optimize/core';
import { observers, watch, type Observer, type Range } from '../../src/index.js';
import { Histogram } from '../../src/observers/histogram.js';
import { scan } from '../../src/observers/watch.js';

const normals = (count: number, deviation: number, seed: number): Float32Array => {
  const random = Random.of(seed);
  return Float32Array.from({ length: count }, () => random.normal(0, deviation));
};

function rangeIn(observer: Observer, batches: readonly Float32Array[]): Range {
  const watcher = watch(observer);
  for (const batch of batches) watcher.observe(batch, scan(batch));
  return watcher.range();
}

describe('a histogram whose range grows', () => {
  it('counts each number once, in as many bins as at first', () => {
    const histogram = new Histogram(64);
    for (let i = 0; i < 12; i++) {
      const batch = normals(1000, 2 ** i, i);
      histogram.add(batch, scan(batch));
    }
    expect(histogram.counts.length).to.equal(64);
    expect(histogram.counts.reduce((a, b) => a + b, 0)).to.equal(12_000);
    expect(histogram.total).to.equal(12_000);
  });

  it('keeps one number in its bin, however far the range grows from it', () => {
    const histogram = new Histogram(16);
    for (const batch of [[1e-3, 1e-3], [1e-3], [-1, 1]].map((numbers) => Float32Array.from(numbers))) {
      histogram.add(batch, scan(batch));
    }
    expect([...histogram.counts]).to.deep.equal([1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('gives percentiles of many batches within two bins of those of one', () => {
    const batches = Array.from({ length: 8 }, (_, i) => normals(2000, 1 + i, i));
    const all = Float32Array.from(batches.flatMap((batch) => [...batch]));
    const observer = observers.percentile({ percentile: 99, bins: 1024 });
    const [many, one] = [rangeIn(observer, batches), rangeIn(observer, [all])];
    const width = (2 * Math.max(...all.map(Math.abs))) / 1024;
    expect(Math.abs(many.min - one.min)).to.be.at.most(2 * width);
    expect(Math.abs(many.max - one.max)).to.be.at.most(2 * width);
  });
});

describe('observers', () => {
  const clipping = [observers.percentile({ percentile: 99.9 }), observers.entropy()];

  it('cut an outlier off where it costs less than the levels it takes', () => {
    const values = normals(100_000, 1, 3);
    values[500] = 60;
    for (const observer of clipping) {
      const { min, max } = rangeIn(observer, [values]);
      expect(max, observer.name).to.be.below(20).and.above(2);
      expect(min, observer.name).to.be.below(-2);
    }
    expect(rangeIn(observers.minMax(), [values]).max).to.equal(60);
  });

  it('keep within what was seen, whatever they choose', () => {
    const values = normals(5000, 1, 4).map(Math.abs);
    const seen = scan(values);
    for (const make of Object.values(observers)) {
      const { min, max } = rangeIn(make(), [values]);
      expect(min, make().name).to.be.at.least(0);
      expect(max, make().name).to.be.at.most(seen.max * (1 + 1e-12));
      expect(max, make().name).to.be.above(1);
    }
  });

  it('give the one number of a constant', () => {
    for (const constant of [3, -0.25, 0]) {
      for (const make of Object.values(observers)) {
        const { min, max } = rangeIn(make(), [new Float32Array(50).fill(constant)]);
        expect(min, make().name).to.be.at.most(constant);
        expect(max, make().name).to.be.at.least(constant);
      }
    }
  });

  it('mse of 16 levels is nearer than minMax by squared error, and no nearer range lies beside it', () => {
    const values = normals(50_000, 1, 5);
    const errorOf = ({ min, max }: Range): number => {
      const scale = (max - min) / 15;
      const zero = Math.round(-min / scale);
      return values.reduce((sum, value) => {
        const level = Math.min(Math.max(Math.round(value / scale) + zero, 0), 15);
        return sum + (value - (level - zero) * scale) ** 2;
      }, 0);
    };
    const found = rangeIn(observers.mse({ levels: 16 }), [values]);
    const least = errorOf(found);
    expect(least).to.be.below(0.9 * errorOf(scan(values)));
    for (const [a, b] of [
      [0.85, 1],
      [1.15, 1],
      [1, 0.85],
      [1, 1.15],
    ] as const) {
      expect(errorOf({ min: found.min * a, max: found.max * b })).to.be.above(least);
    }
  });
});
