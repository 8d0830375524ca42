import type { BenchCase } from '@tfjs-optimize/benchmark';
import { withTempFolder } from '@tfjs-optimize/testing';
import { measureMemory } from '../test/io/measure-memory.js';

const MEBI = 2 ** 20;

/** Benchmarks of reading and saving. */
export const cases: readonly BenchCase[] = [
  {
    id: 'core/io-1gb-spanning-peak',
    what: 'peak memory of a process that reads, changes and saves 1 GiB of weights in 256 shards',
    run: ({ progress }) =>
      withTempFolder(async (folder) => {
        progress('writing, reading and saving 1 GiB');
        const { weights, before, peak, read, save } = await measureMemory(folder, 1024 * MEBI);
        const value = peak / weights;
        const mega = (bytes: number): string => `${(bytes / MEBI).toFixed(0)} MiB`;
        const note =
          `weights ${mega(weights)}, process ${mega(before)} before, ${mega(peak)} at most; ` +
          `read in ${read.toFixed(1)} s, saved in ${save.toFixed(1)} s`;
        const target = { atMost: 2.5 };
        return {
          id: 'core/io-1gb-spanning-peak',
          value,
          unit: 'x',
          low: value,
          high: value,
          n: 1,
          note,
          target,
        };
      }),
  },
];
