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

/** A network, and the backends that are fast enough for it to be waited for. */
interface Compared {
  readonly shape: readonly number[];
  readonly make: (seed: number) => tf.LayersModel;
  readonly backends: readonly BackendName[];
}

/** On graphics processors the group `gpu` measures. */
const FAST: readonly BackendName[] = ['tfjs-node'];
const ALL: readonly BackendName[] = ['tfjs-node', 'cpu'];
/** What all are held against: it is there for everybody. */
const BASELINE: BackendName = 'wasm';

const MODELS: Readonly<Record<string, Compared>> = {
  lenet: { shape: [1, 28, 28, 1], make: (seed) => nets.lenet({ seed }), backends: ALL },
  'mobilenet-v2-224': {
    shape: [1, 224, 224, 3],
    make: (seed) => nets.mobilenetV2({ seed }),
    backends: ALL,
  },
  'resnet-18-224': { shape: [1, 224, 224, 3], make: (seed) => nets.resnet18({ seed }), backends: FAST },
  'bert-base-4x128': {
    shape: [1, 128, 768],
    make: (seed) => nets.bert({ hidden: 768, heads: 12, blocks: 4, norms: 'arithmetic', seed }),
    backends: FAST,
  },
};

/** What is measured of each network, once for all of its rows. */
const measured = new Map<string, Promise<BackendComparison>>();

function measure(name: string, { seed, quick, signal, progress }: BenchContext): Promise<BackendComparison> {
  const found = measured.get(name) ?? run();
  measured.set(name, found);
  return found;

  async function run(): Promise<BackendComparison> {
    const { make, shape, backends } = MODELS[name] as Compared;
    await tf.setBackend('cpu');
    const layers = make(seed);
    const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
    const x = nets.uniformTensor(shape, seed);
    const compared = await compareBackends(model, x, {
      ...{ backends: [BASELINE, ...backends], seed, timeMs: quick ? 2000 : 6000, minRounds: quick ? 3 : 10 },
      ...(signal && { signal }),
      progress: ({ message = '' }) => progress(message),
    });
    model.dispose();
    layers.dispose();
    x.dispose();
    return compared;
  }
}

async function rowOf(id: string, name: string, on: BackendName, context: BenchContext): Promise<BenchRow> {
  const { trials, comparison } = await measure(name, context);
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

export const cases: readonly BenchCase[] = Object.entries(MODELS).flatMap(([name, { backends }]) =>
  backends.map((on): BenchCase => {
    const id = `backends/${name}-${on}`;
    return {
      id,
      what: `a fused graph on wasm with our kernels against ${on}, one call at a time by turns, batch 1`,
      missing: () => missing(on),
      run: (context) => rowOf(id, name, on, context),
    };
  }),
);
