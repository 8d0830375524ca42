import { checkOptions, fail, isNode, optionKinds, valueText } from '@tfjs-optimize/core/plain';
import type { Collate } from '../collate.js';
import {
  checkCopied,
  isModuleRef,
  isStream,
  type Dataset,
  type ModuleRef,
  type StreamDataset,
} from '../dataset.js';
import { checkTransforms, type TransformOption } from '../transforms/transform.js';

/** Options of {@link loader}. */
export interface LoaderOptions {
  /** Samples of a batch; 32 unless told. */
  readonly batchSize?: number;
  /** Whether each epoch has an order of its own, drawn by `seed`; samples come in their own order unless told. */
  readonly shuffle?: boolean;
  /** What order and augmentation are drawn by, a whole number; 0 unless told. */
  readonly seed?: number;
  /**
   * Workers (threads of Node.js, Web Workers in a browser) that read, decode, transform and stack. With 0, which is so unless told, all is done by the thread that
   * asks, as it asks: for debugging. Batches are the same for every number.
   */
  readonly workers?: number;
  /** Batches that each worker may be ahead; 2 unless told. */
  readonly prefetch?: number;
  /** Whether a last batch that is not full is left out; it is kept unless told. */
  readonly dropLast?: boolean;
  /** Makes a batch of samples; fields are stacked unless told. With workers it has to be a module. */
  readonly collate?: Collate | ModuleRef;
  /** What is done to each sample, one after the other. With workers, functions have to stand in modules. */
  readonly transform?: TransformOption | readonly TransformOption[];
  /** Time in ms for which workers without work are kept for the next epoch; 10 000 unless told. */
  readonly keepWorkersMs?: number;
  /**
   * Makes a Web Worker that imports `@tfjs-optimize/data/worker`, where a bundler does not find the one of this package:
   * `() => new Worker(new URL('./my-worker.js', import.meta.url), { type: 'module' })`. In Node.js there are threads, unless
   * it is given.
   */
  readonly worker?: () => Worker;
  /** Ends iterations with `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options with nothing left open. */
export type Settings = Required<Omit<LoaderOptions, 'collate' | 'transform' | 'worker' | 'signal'>> &
  Pick<LoaderOptions, 'collate' | 'transform' | 'worker' | 'signal'>;

const { whole, flag, number } = optionKinds;

/** @throws `argument/invalid`, `data/function` */
export function settingsOf(data: Dataset | StreamDataset, options: LoaderOptions): Settings {
  checkOptions<LoaderOptions>(options, {
    batchSize: whole,
    shuffle: flag,
    seed: number('a safe integer', Number.isSafeInteger),
    workers: number(
      'a whole number from 0 to 256',
      (value) => Number.isInteger(value) && value >= 0 && value <= 256,
    ),
    prefetch: whole,
    dropLast: flag,
    collate: {
      expected: 'a function or {module, export, options}',
      fits: (value) => typeof value === 'function' || isModuleRef(value),
    },
    transform: optionKinds.anything,
    keepWorkersMs: number('milliseconds from 0 up', (value) => value >= 0),
    worker: optionKinds.code,
    signal: { expected: 'an AbortSignal', fits: (value) => value instanceof AbortSignal },
  });
  checkTransforms(options.transform);
  const settings: Settings = {
    ...{
      batchSize: 32,
      shuffle: false,
      seed: 0,
      workers: 0,
      prefetch: 2,
      dropLast: false,
      keepWorkersMs: 10_000,
    },
    ...(Object.fromEntries(
      Object.entries(options).filter(([, value]) => value !== undefined),
    ) as LoaderOptions),
  };
  if (settings.shuffle && isStream(data)) {
    fail('data/stream', {
      subject: 'shuffle',
      expected: 'a data set with length and get(index)',
      got: 'a stream, whose samples come in one order',
      advice: 'Draw the order where the stream is made',
    });
  }
  if (settings.workers > 0) checkThreads(data, settings);
  return settings;
}

/** Refuses what no worker can be given, and workers where there are none. */
function checkThreads(data: Dataset | StreamDataset, { transform, collate, worker }: Settings): void {
  if (!isNode && worker === undefined && typeof globalThis.Worker !== 'function') {
    fail('data/worker', {
      subject: 'workers',
      expected: 'Web Workers, or worker threads of Node.js',
      got: 'a program that has neither',
      advice: 'Use workers: 0',
    });
  }
  const advice = (what: string): string =>
    `Export it from a file of its own and give {module: '${isNode ? '/path/of/file.js' : 'https://url.of/file.js'}', export: '${what}'}, or use workers: 0`;
  const functions = [transform].flat().filter((each) => typeof each === 'function');
  const [first] = functions;
  if (first !== undefined) refuse('transform', valueText(first), advice('transform'));
  if (typeof collate === 'function') refuse('collate', valueText(collate), advice('collate'));
  for (const each of [transform].flat()) {
    if (isModuleRef(each)) checkCopied(each.options, 'options of transform');
  }
  if (isModuleRef(collate)) checkCopied(collate.options, 'options of collate');
  if (!isStream(data) && data.source === undefined) {
    refuse('dataset', 'one that only this thread has', 'Make it with fromModule, or use workers: 0');
  }
}

function refuse(subject: string, got: string, advice: string): never {
  return fail('data/function', { subject, expected: 'what a worker thread can load', got, advice });
}
