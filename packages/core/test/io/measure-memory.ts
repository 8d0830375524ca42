import { runChild } from '@tfjs-optimize/testing';
import * as path from 'node:path';
import { writeBigModel } from './big-model.js';

/** What reading, changing and saving a large model took. */
export interface MemoryFigures {
  /** Bytes of the model's weights. */
  readonly weights: number;
  /** Bytes of the process before it began, and at most. */
  readonly before: number;
  readonly peak: number;
  /** Bytes written. */
  readonly bytes: number;
  /** Seconds. */
  readonly read: number;
  readonly save: number;
}

/** Makes a model of so many bytes in `folder` and has a process of its own read, change and save it. */
export async function measureMemory(folder: string, bytes: number): Promise<MemoryFigures> {
  const input = path.join(folder, 'in');
  const weights = writeBigModel(input, bytes);
  const child = path.join(__dirname, 'memory-child.ts');
  const { code, stdout, stderr } = await runChild(child, [input, path.join(folder, 'out')], {
    nodeOptions: ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'],
  });
  if (code !== 0) throw new Error(`memory-child: expected status 0, got ${code}: ${stderr}`);
  return { weights, ...(JSON.parse(stdout) as Omit<MemoryFigures, 'weights'>) };
}
