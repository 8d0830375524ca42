import { checkDataset, isStream, type Dataset, type StreamDataset } from '../dataset.js';
import type { Sample } from '../sample.js';
import { batchCount, orderOf } from './order.js';
import type { Settings } from './options.js';
import { SampleError, type Task } from './read.js';

/** The batches of an epoch, one after the other, which are yet to be made. */
export function tasksOf(
  data: Dataset | StreamDataset,
  settings: Settings,
  epoch: number,
  skip: number,
): Iterable<Task> | AsyncIterable<Task> {
  checkDataset(data);
  return isStream(data) ? streamed(data, settings, epoch, skip) : drawn(data, settings, epoch, skip);
}

function* drawn(
  { length }: Dataset,
  { batchSize, dropLast, shuffle, seed }: Settings,
  epoch: number,
  skip: number,
): Generator<Task> {
  const order = orderOf(length, shuffle, seed, epoch);
  const count = batchCount({ length, batchSize, dropLast });
  for (let batch = skip; batch < count; batch++) {
    yield { epoch, indices: order.slice(batch * batchSize, (batch + 1) * batchSize) };
  }
}

async function* streamed(
  data: StreamDataset,
  { batchSize, dropLast }: Settings,
  epoch: number,
  skip: number,
): AsyncGenerator<Task> {
  let samples: Sample[] = [];
  let [batches, seen] = [0, 0];
  const task = (): Task => ({
    epoch,
    samples,
    indices: Int32Array.from(samples, (_, row) => seen - samples.length + row),
  });
  for await (const sample of readFrom(data.stream(epoch), () => seen)) {
    seen++;
    samples.push(sample);
    if (samples.length < batchSize) continue;
    if (batches++ >= skip) yield task();
    samples = [];
  }
  if (samples.length > 0 && !dropLast && batches >= skip) yield task();
}

/** Passes samples on; what a stream throws tells how many came before. */
async function* readFrom(
  stream: Iterable<Sample> | AsyncIterable<Sample>,
  seen: () => number,
): AsyncGenerator<Sample> {
  const iterator =
    Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
  let done = false;
  try {
    for (;;) {
      const next = await (async () => iterator.next())().catch((error: unknown) => {
        done = true; // it has ended itself
        throw new SampleError(seen(), error);
      });
      if (next.done) {
        done = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!done) await iterator.return?.();
  }
}
