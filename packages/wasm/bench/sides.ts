import {
  race,
  type BenchCase,
  type BenchContext,
  type BenchRow,
  type Target,
} from '@tfjs-optimize/benchmark';
import { backend } from '@tfjs-optimize/core';
import { setEnabled, simdInUse } from '@tfjs-optimize/wasm';
import type * as tf from '@tensorflow/tfjs';

/** What a call of a benchmark gives. */
export type Call = () => tf.Tensor | tf.Tensor[] | Promise<tf.Tensor>;

/** The call with the kernels that the wasm backend came with. */
export function stock(call: Call): () => Promise<tf.Tensor | tf.Tensor[]> {
  return async () => {
    setEnabled(false);
    try {
      return await call();
    } finally {
      setEnabled(true);
    }
  };
}

/** The call with the kernels of this package. */
export function ours(call: Call): () => Promise<tf.Tensor | tf.Tensor[]> {
  return async () => await call();
}

/** What is timed, with stock kernels and with ours; the same call unless there is a baseline of its own. */
export interface Sides {
  readonly call: Call;
  readonly baseline?: Call;
  dispose(): void;
}

/** A race between the wasm backend as it came and with our kernels. */
export interface KernelCase {
  readonly id: string;
  readonly what: string;
  /** Largest difference, relative to the largest magnitude. */
  readonly tolerance: number;
  readonly target: Target;
  /** Makes what is timed; what it gives is disposed of at the end. */
  readonly make: (seed: number) => Sides | Promise<Sides>;
}

export function kernelCase({ id, what, tolerance, target, make }: KernelCase): BenchCase {
  return {
    id,
    what,
    run: async (context: BenchContext): Promise<BenchRow> => {
      await backend.use('wasm');
      const { call, baseline = call, dispose } = await make(context.seed);
      const { seed, signal, progress } = context;
      const row = await race(stock(baseline), ours(call), {
        id,
        seed,
        progress,
        tolerance,
        target,
        timeMs: 4000,
        ...(signal && { signal }),
      });
      dispose();
      return { ...row, note: `${row.note}; ${simdInUse()} SIMD` };
    },
  };
}
