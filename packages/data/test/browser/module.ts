/* Code that the workers of a page load, and the page itself; a script of its own. */
import type { BatchFields, Dataset, Sample, TransformContext } from '@tfjs-optimize/data';

/** Another in each worker. */
const thread = Math.random();

/** A data set that is made anew in every worker. */
export async function make({ length = 4, close = false } = {}): Promise<Dataset> {
  if (close && !('document' in globalThis)) {
    globalThis.close();
    await new Promise(() => {}); // a worker that closes itself ends with its task
  }
  return { length, types: { label: 'int32' }, get: (i) => ({ x: Float32Array.of(i, i * i), label: i }) };
}

/** What of a sample hangs on the worker, and what must not. */
export function drawn(sample: Sample, { random, epoch, index }: TransformContext): Sample {
  return { ...sample, drawn: random.uniform(), epoch, index };
}

/** Throws, ends the worker, or fails where nobody catches it, at one sample; `once` names a place that remembers. */
export async function trouble(sample: Sample, { index, options }: TransformContext): Promise<Sample> {
  const { at, how, once } = options as { at: number; how: string; once?: string };
  if (index !== at) return sample;
  if (once !== undefined) {
    const cache = await caches.open('trouble');
    if ((await cache.match(once)) !== undefined) return sample;
    await cache.put(once, new Response());
  }
  if (how === 'throw') throw new TypeError(`no sample ${at}`);
  if (how === 'close') globalThis.close();
  if (how === 'rejected') void Promise.reject(new Error('rejected by nobody'));
  if (how === 'uncaught')
    setTimeout(() => {
      throw new Error('thrown in a timer');
    });
  return new Promise(() => {});
}

/** Takes a while, without letting go of the worker, and counts. */
export function slow(sample: Sample, { options }: TransformContext): Sample {
  const { ms, channel } = options as { ms: number; channel?: string };
  const end = performance.now() + ms;
  while (performance.now() < end);
  if (channel !== undefined) new BroadcastChannel(channel).postMessage(thread);
  return { ...sample, thread };
}

let kept = new Float32Array(1);

/** Batches of one array, of which it keeps the one before: `left` tells what is left of that. */
export function keeping(samples: readonly Sample[]): BatchFields {
  const left = Float32Array.of(kept.byteLength);
  kept = new Float32Array(samples.length);
  return {
    big: { values: kept, shape: [samples.length] },
    left: { values: new Float32Array(samples.length).fill(left[0] ?? NaN), shape: [samples.length] },
  };
}
