/* Code that worker threads load in tests. */
import type { BatchFields, Dataset, Sample, TransformContext } from '@tfjs-optimize/data';
import * as fs from 'node:fs';
import { threadId } from 'node:worker_threads';

/** A data set that is made anew in every thread. */
export function make({ length = 4, fail = false } = {}): Dataset {
  if (fail) throw new Error('cannot be made');
  return { length, types: { label: 'int32' }, get: (i) => ({ x: Float32Array.of(i, i * i), label: i }) };
}

/** Ends the thread while it loads the data set. */
export function exitAtOnce({ fromThread = 0 } = {}): Dataset {
  if (threadId > fromThread) process.exit(7);
  return make();
}

export default make;

/** What of a sample hangs on the thread, and what must not. */
export function drawn(sample: Sample, { random, epoch, index }: TransformContext): Sample {
  return { ...sample, drawn: random.uniform(), epoch, index };
}

/** Throws, exits, or dies in a timer at one sample. */
export function trouble(sample: Sample, { index, options }: TransformContext): Sample | Promise<Sample> {
  const { at, how, once } = options as { at: number; how: 'throw' | 'exit' | 'uncaught'; once?: string };
  if (index !== at || (once !== undefined && fs.existsSync(once))) return sample;
  if (once !== undefined) fs.writeFileSync(once, '');
  if (how === 'throw') throw new TypeError(`no sample ${at}`);
  if (how === 'exit') process.exit(3);
  setTimeout(() => {
    throw new Error('thrown in a timer');
  });
  return new Promise(() => {});
}

/** Takes a while, without letting go of the thread, and writes down that it was called. */
export function slow(sample: Sample, { options }: TransformContext): Sample {
  const { ms, log } = options as { ms: number; log?: string };
  const end = performance.now() + ms;
  while (performance.now() < end);
  if (log !== undefined) fs.appendFileSync(log, '.');
  return { ...sample, thread: threadId };
}

/** Only labels, doubled. */
export function doubled(samples: readonly Sample[], options: unknown): BatchFields {
  const { by } = options as { by: number };
  const values = Float32Array.from(samples, ({ label }) => by * (label as number));
  return {
    label: { values, shape: [samples.length] },
    text: { values: samples.map(() => 'a'), shape: [samples.length] },
  };
}

/** Makes no batch. */
export function failing(): BatchFields {
  throw new TypeError('no batch');
}

/** Throws what is hard to tell of: in circles, no text, or nothing that becomes one. */
export function strange(_: Sample, { options }: TransformContext): Sample {
  const circle = new Error('in circles');
  circle.cause = circle;
  const wordless = Object.assign(new Error(), { message: () => 'called' });
  const mute = Object.defineProperty(new Error(), 'message', {
    get() {
      throw circle;
    },
  });
  const bare: unknown = Object.create(null);
  throw { circle, wordless, mute, bare, symbol: Symbol('a') }[options as 'circle'];
}
