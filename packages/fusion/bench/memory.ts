import type { BenchCase } from '@tfjs-optimize/benchmark';
import { runChild, withTempFolder } from '@tfjs-optimize/testing';
import * as path from 'node:path';
import { writeBigModel } from './big-model.js';

const SOURCE = ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'];

/** What `memory-child.ts` prints. */
interface ChildFigures {
  readonly before: number;
  readonly peak: number;
  readonly bytes: number;
  readonly nodes: number;
}

/** Most memory of a process that reads, fuses and saves a model, Node itself included, over its weights. */
export function memoryCase(id: string, convolutions: number, atMost: number): BenchCase {
  return {
    id,
    what: `peak memory of read, fuse and save of ${convolutions} convolutions of 4 MiB, over their weights`,
    run: ({ progress }) =>
      withTempFolder(async (folder) => {
        progress('writing the model');
        const input = path.join(folder, 'in');
        const weights = writeBigModel(input, convolutions);
        progress('reading, fusing and saving in a process of its own');
        const { code, stdout, stderr } = await runChild(
          path.join(__dirname, 'memory-child.ts'),
          [input, path.join(folder, 'out')],
          { nodeOptions: SOURCE },
        );
        if (code !== 0)
          throw new Error(`benchmark ${id}: expected the child to succeed, got ${code}: ${stderr}`);
        const { before, peak, nodes } = JSON.parse(stdout) as ChildFigures;
        const value = peak / weights;
        const mega = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
        const note = `weights ${mega(weights)}, process ${mega(before)} before, ${mega(peak)} at most; ${nodes} nodes after`;
        return { id, value, unit: 'x weights', low: value, high: value, n: 1, note, target: { atMost } };
      }),
  };
}
