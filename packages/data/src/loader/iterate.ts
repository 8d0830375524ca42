import { OptimizeError, throwIfAborted } from '@tfjs-optimize/core/plain';
import { onAbort } from '../abort.js';
import type { BatchFields } from '../sample.js';
import { batchOf, type LoadedBatch } from './batch.js';
import type { Task } from './read.js';

/** Makes batches: this thread, or workers. */
export interface Maker {
  /** Batches that it works on at the same time; 0 where it only begins when it is asked. */
  readonly ahead: number;
  make(task: Task): Promise<BatchFields>;
  /** Told when somebody begins and ends to wait for a batch. */
  waiting?(isWaiting: boolean): void;
  /** Gives up what is not yet made, where nobody wants it any more. */
  leave(): void | Promise<void>;
}

/** Batches in the order of their tasks, `ahead` of them in the making. */
export async function* batchesOf(
  tasks: Iterable<Task> | AsyncIterable<Task>,
  maker: Maker,
  signal: AbortSignal | undefined,
): AsyncGenerator<LoadedBatch, void> {
  const aborted = abortionOf(signal);
  const source = Symbol.asyncIterator in tasks ? tasks[Symbol.asyncIterator]() : tasks[Symbol.iterator]();
  const making: Promise<LoadedBatch | undefined>[] = [];
  let isOver = false;
  const begin = (): void => {
    const next = source.next();
    const made = next instanceof Promise ? next.then((value) => makeOne(value)) : makeOne(next);
    made.catch(() => {}); // told when its turn comes
    making.push(made);
  };
  const makeOne = async ({ done, value }: IteratorResult<Task>): Promise<LoadedBatch | undefined> => {
    if (done === true) {
      isOver = true;
      return undefined;
    }
    return batchOf(await maker.make(value), value.indices);
  };
  try {
    for (;;) {
      throwIfAborted(signal, 'loader');
      while (!isOver && making.length < Math.max(1, maker.ahead)) begin();
      const first = making.shift();
      if (first === undefined) return;
      maker.waiting?.(true);
      const batch = await Promise.race([first, aborted.promise]);
      maker.waiting?.(false);
      if (batch === undefined) return;
      if (maker.ahead > 0 && !isOver) begin();
      yield batch;
    }
  } finally {
    aborted.forget();
    maker.waiting?.(false);
    await source.return?.();
    await maker.leave();
  }
}

/** A promise that fails when a signal fires, and what lets go of the signal. */
function abortionOf(signal: AbortSignal | undefined): { readonly promise: Promise<never>; forget(): void } {
  let forget = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => {
      const problem = { subject: 'loader', expected: 'to run to its end', got: 'a request to stop' };
      reject(new OptimizeError('aborted', { ...problem, cause: signal?.reason }));
    });
  });
  promise.catch(() => {});
  return { promise, forget };
}
