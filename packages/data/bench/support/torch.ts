import { spawn, spawnSync } from 'node:child_process';
import * as path from 'node:path';
import * as readline from 'node:readline';

/** PyTorch in a process of its own, which loads an epoch whenever it is asked. */
export interface Torch {
  /** @returns samples that it gave. */
  epoch(workers: number): Promise<number>;
  end(): void;
}

/** Why PyTorch cannot be measured here. */
export function missingTorch(): string | undefined {
  const python = process.env['TFJS_OPTIMIZE_PYTHON'];
  if (python === undefined) return 'TFJS_OPTIMIZE_PYTHON names no Python with torch';
  const { status } = spawnSync(python, ['-c', 'import torch']);
  return status === 0 ? undefined : `${path.basename(python)} has no torch`;
}

export function startTorch(): Torch {
  const script = path.join(__dirname, 'torch_loader.py');
  const child = spawn(process.env['TFJS_OPTIMIZE_PYTHON'] as string, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = readline.createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async epoch(workers) {
      child.stdin.write(`${workers}\n`);
      const { value, done } = (await lines.next()) as IteratorResult<string, unknown>;
      if (done === true) throw new Error('the process of PyTorch has ended');
      return Number(value);
    },
    end: () => void child.stdin.end(),
  };
}
