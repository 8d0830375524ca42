/*
 * What a worker thread of `loader` runs: it opens the data set once, and then makes one batch after the other.
 */
import { builtIn } from '@tfjs-optimize/core/plain';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { collateOf } from '../collate.js';
import { readBatch, type Reading } from '../loader/read.js';
import { isNumbers, type BatchField, type BatchFields } from '../sample.js';
import { openSource } from '../sources/open.js';
import { loadTransforms } from '../transforms/transform.js';
import { AT, toWire, WANTED, type Request, type Response, type Setup, type WorkerData } from './wire.js';

async function readingOf({ source, types, transforms, collate, seed }: Setup): Promise<Reading> {
  return {
    dataset: source && (await openSource(source)),
    types,
    transform: await loadTransforms(transforms),
    collate: await collateOf(collate),
    seed,
  };
}

/** Fields with arrays that fill their buffers, and those buffers: what can be handed over. */
function parcelOf(fields: BatchFields): {
  readonly fields: BatchFields;
  readonly buffers: readonly Transferable[];
} {
  const whole = Object.entries(fields).map(([name, field]) => [name, wholeField(field)] as const);
  const buffers = whole.flatMap(([, { values }]) =>
    isNumbers(values) && values.buffer instanceof ArrayBuffer ? [values.buffer] : [],
  );
  return { fields: Object.fromEntries(whole), buffers: [...new Set(buffers)] };
}

function wholeField({ values, shape }: BatchField): BatchField {
  if (!isNumbers(values)) return { values, shape };
  const isWhole = values.byteLength === values.buffer.byteLength;
  return { values: isWhole ? values : values.slice(), shape };
}

async function serve(port: MessagePort, { setup, control }: WorkerData): Promise<void> {
  const reading = await readingOf(setup);
  const answer = async ({ id, task }: Request): Promise<void> => {
    const isWanted = (): boolean => Atomics.load(control, WANTED) <= id;
    try {
      const made = await readBatch(reading, task, (index) => {
        Atomics.store(control, AT, index);
        return isWanted();
      });
      if (made === undefined) return port.postMessage({ id, fields: undefined } satisfies Response);
      const { fields, buffers } = parcelOf(made);
      port.postMessage({ id, fields } satisfies Response, buffers);
    } catch (error) {
      port.postMessage({ id, error: toWire(error) } satisfies Response);
    }
  };
  let last = Promise.resolve();
  port.on('message', (request: Request) => {
    last = last.then(() => answer(request));
  });
}

async function main(): Promise<void> {
  const threads = await builtIn('worker_threads');
  const port = threads.parentPort as MessagePort;
  try {
    await serve(port, threads.workerData as WorkerData);
  } catch (error) {
    port.postMessage({ failed: toWire(error) } satisfies Response);
  }
}

void main();
