/* Work that worker threads of the benchmarks load. */
import type { BatchFields, Sample, TransformContext } from '@tfjs-optimize/data';

/** Keeps the processor busy. */
export function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** A transform that takes so many milliseconds of a core. */
export function slow(sample: Sample, { options }: TransformContext): Sample {
  busy((options as { readonly ms: number }).ms);
  return sample;
}

/** A batch of so many bytes, made as fast as can be: new memory, which nobody has written to. */
export function empty(samples: readonly Sample[], options: unknown): BatchFields {
  const { floats } = options as { readonly floats: number };
  return { x: { values: new Float32Array(floats), shape: [samples.length, floats / samples.length] } };
}
