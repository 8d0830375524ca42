import '@tfjs-optimize/wasm';
import {
  compareBackends,
  timeText,
  type BackendComparison,
  type BenchCase,
  type BenchContext,
  type BenchRow,
} from '@tfjs-optimize/benchmark';
import { optimize, spread, traceLayersModel, type BackendName } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';

interface Network {
  readonly shape: readonly number[];
  readonly make: (seed: number) => tf.LayersModel;
}

/** On graphics processors the group `gpu` measures. */
const BACKENDS: readonly BackendName[] = ['tfjs-node', 'cpu'];
/** What all are held against: it is there for everybody. */
const BASELINE: BackendName = 'wasm';
/** Rounds at least; a call of a large network takes 10 s and more on cpu. */
const ROUNDS: Readonly<Partial<Record<BackendName, number>>> = { 'tfjs-node': 10, cpu: 5 };
const QUICK_ROUNDS = 3;

const NETWORKS: Readonly<Record<string, Network>> = {
  lenet: { shape: [1, 28, 28, 1], make: (seed) => nets.lenet({ seed }) },
  'mobilenet-v2-224': { shape: [1, 224, 224, 3], make: (seed) => nets.mobilenetV2({ seed }) },
  'resnet-18-224': { shape: [1, 224, 224, 3], make: (seed) => nets.resnet18({ seed }) },
  'bert-base-4x128': {
    shape: [1, 128, 768],
    make: (seed) => nets.bert({ hidden: 768, heads: 12, blocks: 4, norms: 'arithmetic', seed }),
  },
};

/** One backend against the baseline. Two at a time alone: long calls of a third leave nothing in the caches. */
async function measure(
  { make, shape }: Network,
  on: BackendName,
  { seed, quick, signal, progress }: BenchContext,
): Promise<BackendComparison> {
  await tf.setBackend(BASELINE);
  const layers = make(seed);
  const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
  const x = nets.uniformTensor(shape, seed);
  try {
    return await compareBackends(model, x, {
      ...{ backends: [BASELINE, on], seed, timeMs: quick ? 2000 : 6000 },
      minRounds: quick ? QUICK_ROUNDS : (ROUNDS[on] ?? QUICK_ROUNDS),
      ...(signal && { signal }),
      progress: ({ message = '' }) => progress(message),
    });
  } finally {
    model.dispose();
    layers.dispose();
    x.dispose();
  }
}

async function rowOf(
  id: string,
  network: Network,
  on: BackendName,
  context: BenchContext,
): Promise<BenchRow> {
  const { trials, comparison } = await measure(network, on, context);
  const side = comparison.against.find((each) => each.name === on);
  const [base, own] = [BASELINE, on].map((each) =>
    comparison.measurements.find((measurement) => measurement.name === each),
  );
  if (side === undefined || base === undefined || own === undefined) {
    const reason = trials.find((trial) => trial.name === on)?.reason ?? 'it was not tried';
    throw new Error(`${id}: expected the backend ${on} to run, got: ${reason}`);
  }
  const texts = [base, own].map(({ name: backend, samples }) => `${backend} ${timeText(spread(samples))}`);
  const far = (side.difference?.relative ?? 0).toExponential(1);
  const note = `${texts.join(', ')}; first call ${own.firstCallMs.toFixed(0)} ms; outputs differ by ${far}`;
  return { id, ...side.speedup, unit: 'x', n: own.latency.n, note };
}

function missing(on: BackendName): string | undefined {
  if (on === 'cpu') return undefined;
  try {
    createRequire(__filename).resolve(`@tensorflow/${on}`);
    return undefined;
  } catch {
    return `@tensorflow/${on} is not installed`;
  }
}

export const cases: readonly BenchCase[] = Object.entries(NETWORKS).flatMap(([name, network]) =>
  BACKENDS.map((on): BenchCase => {
    const id = `backends/${name}-${on}`;
    return {
      id,
      what: `a fused graph on wasm with our kernels against ${on}, one call at a time by turns, batch 1`,
      missing: () => missing(on),
      run: (context) => rowOf(id, network, on, context),
    };
  }),
);
