import type { sweepBatches } from '@tfjs-optimize/benchmark';
import { expect } from 'chai';
import { sweepRows } from '../../bench/gpu/sweep.js';

type Sweep = typeof sweepBatches;

/** A sweep in which a batch takes 1 ms and 1 ms more for each example; sizes above one fail. */
function machine(asked: number[][], options: { readonly fitsAlone: number; readonly fits: number }): Sweep {
  return async (_candidate, _sample, given) => {
    const { sizes = [] } = given ?? {};
    asked.push([...sizes]);
    const running = sizes.filter((size) => size <= options.fitsAlone);
    if (running.some((size) => size > options.fits)) throw new Error('OOM when allocating tensor\nat kernel');
    const batches = running.map((size) => {
      const ms = 1 + size;
      const throughput = (1000 * size) / ms;
      return { size, ms, low: ms / 2, high: 2 * ms, throughput, speedup: throughput / 500 };
    });
    const failed = sizes
      .filter((size) => size > options.fitsAlone)
      .map((size) => ({ size, reason: 'OOM when allocating tensor\nat kernel' }));
    const best = running.at(-1) ?? 0;
    return { batches, best, smallestGood: best, failed };
  };
}

const options = { sizes: [1, 3, 9], runs: 20 };

describe('rows of a sweep over batch sizes', () => {
  it('are examples a second, one for each size', async () => {
    const rows = await sweepRows('gpu/batch', () => 0, [], options, machine([], { fitsAlone: 99, fits: 99 }));
    expect(rows).to.deep.equal([
      {
        id: 'gpu/batch-1',
        value: 500,
        unit: 'examples/s',
        low: 250,
        high: 1000,
        n: 20,
        note: '2.00 ms a batch',
      },
      {
        ...{ id: 'gpu/batch-3', value: 750, unit: 'examples/s', low: 375, high: 1500, n: 20 },
        note: '4.00 ms a batch; 1.50 times as many as in batches of 1',
      },
      {
        ...{ id: 'gpu/batch-9', value: 900, unit: 'examples/s', low: 450, high: 1800, n: 20 },
        note: '10.0 ms a batch; 1.80 times as many as in batches of 1; the most',
      },
    ]);
  });

  it('end where memory does, which the last row tells', async () => {
    const rows = await sweepRows('gpu/batch', () => 0, [], options, machine([], { fitsAlone: 3, fits: 3 }));
    expect(rows.map(({ id }) => id)).to.deep.equal(['gpu/batch-1', 'gpu/batch-3']);
    expect(rows[0]?.note).not.to.contain('OOM');
    expect(rows[1]?.note).to.match(/; a batch of 9 did not run: OOM when allocating tensor$/);
  });

  it('leave out a size that runs out of memory only when all take turns', async () => {
    const asked: number[][] = [];
    const rows = await sweepRows(
      'gpu/batch',
      () => 0,
      [],
      options,
      machine(asked, { fitsAlone: 9, fits: 3 }),
    );
    expect(asked).to.deep.equal([
      [1, 3, 9],
      [1, 3],
    ]);
    expect(rows.at(-1)?.note).to.contain('a batch of 9 did not run: OOM when allocating tensor');
    expect(options.sizes).to.deep.equal([1, 3, 9]);
  });

  it('do not swallow other errors, nor a machine without room for anything', async () => {
    const failing = async (error: Error, sizes: readonly number[]): Promise<unknown> =>
      sweepRows(
        'x',
        () => 0,
        [],
        { sizes, runs: 2 },
        () => Promise.reject(error),
      ).catch((thrown: unknown) => thrown);
    const [broken, full] = [new Error('broken'), new Error('out of memory')];
    expect(await failing(broken, [1, 2])).to.equal(broken);
    expect(await failing(full, [1, 2])).to.equal(full);
  });
});
