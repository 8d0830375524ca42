/* Leaves one iteration open and one set of workers idle: the process has to end all the same. */
import { loader } from '@tfjs-optimize/data';
import { numbered } from './samples.js';

async function main(): Promise<void> {
  for await (const _ of loader(numbered(4), { workers: 1, batchSize: 4 }));
  const open = loader(numbered(8), { workers: 1, batchSize: 2 })[Symbol.asyncIterator]();
  const { value } = await open.next();
  process.stdout.write(`read ${value?.size ?? 0}\n`);
}

void main();
