import {
  measureRoofline,
  profile,
  type BenchCase,
  type BenchContext,
  type BenchRow,
  type RooflineRecord,
} from '@tfjs-optimize/benchmark';
import { backend, loadModel, type Model } from '@tfjs-optimize/core';
import { nets, sharedDir } from '@tfjs-optimize/testing';

const MOBILENET_V1 = ['data', 'models', 'mobilenet-v1-025-imagenet-layers'] as const;

/** Profiles a network at batch 1 on wasm and makes a row of the result. */
async function profiled(
  load: (seed: number) => Promise<Model>,
  shape: readonly number[],
  { seed, signal, progress }: BenchContext,
  row: (record: Awaited<ReturnType<typeof profile>>) => BenchRow,
): Promise<BenchRow> {
  await backend.use('wasm');
  const model = await load(seed);
  const input = nets.uniformTensor(shape, seed);
  progress('profiling');
  const record = await profile(model, input, {
    calls: 100,
    seed,
    ...(signal === undefined ? {} : { signal }),
  });
  input.dispose();
  model.dispose();
  return row(record);
}

/** How far the sum of the nodes lies from a call that nobody looks at. */
function sumCase(
  id: string,
  what: string,
  load: (seed: number) => Promise<Model>,
  missing?: BenchCase['missing'],
): BenchCase {
  return {
    id,
    what: `times of nodes against the whole call, ${what} at 224 on wasm`,
    ...(missing === undefined ? {} : { missing }),
    run: (context) =>
      profiled(load, [1, 224, 224, 3], context, ({ sumMs, wholeMs, profiledMs, nodes, calls }) => {
        const value = 100 * Math.abs(sumMs / wholeMs - 1);
        const times = [sumMs, wholeMs, profiledMs].map((ms) => `${ms.toFixed(2)} ms`);
        const note = `${nodes.length} nodes ${times[0]}, call ${times[1]}, profiled call ${times[2]}`;
        return {
          id,
          value,
          unit: '% apart',
          low: value,
          high: value,
          n: calls,
          note,
          target: { atMost: 10 },
        };
      }),
  };
}

async function traced(net: Parameters<typeof loadModel>[0] & { dispose(): unknown }): Promise<Model> {
  const model = await loadModel(net);
  net.dispose();
  return model;
}

function rooflineCase(
  id: string,
  what: string,
  unit: string,
  rate: (record: RooflineRecord) => number,
): BenchCase {
  return {
    id,
    what,
    run: async ({ seed, signal }) => {
      await backend.use('wasm');
      const rates: number[] = [];
      for (let i = 0; i < 3; i++) {
        const record = await measureRoofline({ seed: seed + i, ...(signal === undefined ? {} : { signal }) });
        rates.push(rate(record) / 1e9);
      }
      const [low, value, high] = rates.sort((a, b) => a - b) as [number, number, number];
      return { id, value, unit, low, high, n: rates.length, note: 'median, lowest and highest of three' };
    },
  };
}

/** Benchmarks of profiling. */
export const cases: readonly BenchCase[] = [
  sumCase('benchmark/profile-sum-mobilenet-v2', 'MobileNetV2', (seed) => traced(nets.mobilenetV2({ seed }))),
  sumCase(
    'benchmark/profile-sum-mobilenet-v1-025',
    'MobileNetV1 0.25 with its trained weights',
    () => loadModel(sharedDir(...MOBILENET_V1) as string),
    () => (sharedDir(...MOBILENET_V1) === undefined ? 'the shared test data is not there' : undefined),
  ),
  {
    id: 'benchmark/profile-overhead',
    what: 'a profiled call against a plain one, LeNet-5 on wasm, where nodes are shortest',
    run: (context) =>
      profiled(
        (seed) => traced(nets.lenet({ seed })),
        [1, 28, 28, 1],
        context,
        ({ profiledMs, wholeMs, calls, nodes }) => {
          const value = profiledMs / wholeMs;
          const note = `${nodes.length} nodes, plain ${wholeMs.toFixed(3)} ms, profiled ${profiledMs.toFixed(3)} ms`;
          const id = 'benchmark/profile-overhead';
          return { id, value, unit: 'x', low: value, high: value, n: calls, note, target: { atMost: 1.1 } };
        },
      ),
  },
  rooflineCase(
    'benchmark/roofline-gemm',
    'rate of matrix products and convolutions on wasm',
    'GFLOP/s',
    ({ flopsPerSecond }) => flopsPerSecond,
  ),
  rooflineCase(
    'benchmark/roofline-memory',
    'rate of elementwise ops on buffers larger than caches, on wasm',
    'GB/s',
    ({ bytesPerSecond }) => bytesPerSecond,
  ),
];
