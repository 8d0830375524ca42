import {
  compareGradientMode,
  singleAgainstBatch,
  type BenchCase,
  type BenchRow,
  type Comparison,
} from '@tfjs-optimize/benchmark';
import { backend, bytesText, millisecondsText, traceLayersModel, type HeldMemory } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';

/** What batches gain, and what recording for gradients costs. */
export const cases: readonly BenchCase[] = [
  {
    id: 'benchmark/single-vs-batch-64',
    what: 'one batch of 64 against 64 single calls, LeNet-5 on wasm',
    run: async ({ seed, signal }) => {
      await backend.use('wasm');
      const layers = nets.lenet({ seed });
      const model = traceLayersModel(layers);
      const digits = nets.uniformTensor([64, 28, 28, 1], seed);
      const found = await singleAgainstBatch(model, digits, { batch: 64, seed, ...(signal && { signal }) });
      digits.dispose();
      model.dispose();
      layers.dispose();
      return rowOf('benchmark/single-vs-batch-64', found, '');
    },
  },
  {
    id: 'benchmark/gradient-mode',
    what: 'inference mode against gradient mode (forward pass recorded), LeNet-5 at batch 1 on wasm',
    run: async ({ seed, signal }) => {
      await backend.use('wasm');
      const layers = nets.lenet({ seed });
      const model = traceLayersModel(layers);
      const digit = nets.uniformTensor([1, 28, 28, 1], seed);
      const { comparison, memory } = await compareGradientMode(model, digit, {
        seed,
        ...(signal && { signal }),
      });
      digit.dispose();
      model.dispose();
      layers.dispose();
      const held = `; holds ${heldText(memory.withTape)} and ${heldText(memory.plain)}`;
      return rowOf('benchmark/gradient-mode', comparison, held);
    },
  },
];

/** How many times faster the second side is than the first. */
function rowOf(id: string, { measurements, against }: Comparison, more: string): BenchRow {
  const [{ speedup, difference }] = against as [Comparison['against'][number]];
  const times = measurements.map(({ name, latency }) => `${name} ${millisecondsText(latency.p50)}`);
  return {
    id,
    ...speedup,
    unit: 'x',
    n: measurements[0]?.latency.n ?? 0,
    note: `${times.join(', ')}; outputs differ by ${difference?.relative.toExponential(1)}${more}`,
  };
}

function heldText({ tensors, bytes }: HeldMemory): string {
  return `${tensors} ${tensors === 1 ? 'tensor' : 'tensors'}, ${bytesText(bytes)}`;
}
