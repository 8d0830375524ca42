import '@tfjs-optimize/wasm';
import {
  compareBackends,
  timeText,
  type BenchCase,
  type BenchContext,
  type BenchRow,
} from '@tfjs-optimize/benchmark';
import { backend, optimize, spread, type BackendName } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { mobilenetV2, newWeights, resnet, visionModel, type VisionNet } from '@tfjs-optimize/models';
import { nets } from '@tfjs-optimize/testing';
import { createRequire } from 'node:module';

/** What all are held against: it is there for everybody. */
const BASELINE: BackendName = 'wasm';

const NETS: Readonly<Record<string, () => VisionNet>> = {
  'resnet-18-224': () => resnet(18),
  'mobilenet-v2-224': () => mobilenetV2(),
};

/** A fused graph of this package on wasm with our kernels and on another backend, by turns. */
async function rowOf(id: string, net: VisionNet, on: BackendName, context: BenchContext): Promise<BenchRow> {
  const { seed, quick, signal, progress } = context;
  await backend.use('wasm');
  const graph = visionModel(net, newWeights(net, { seed }));
  const { model } = await optimize(graph, inference(), { seed });
  const x = nets.uniformTensor([1, 224, 224, 3], seed);
  const { trials, comparison } = await compareBackends(model, x, {
    ...{ backends: [BASELINE, on], seed, timeMs: quick ? 2000 : 6000, minRounds: quick ? 3 : 10 },
    ...(signal && { signal }),
    progress: ({ message = '' }) => progress(message),
  });
  model.dispose();
  x.dispose();
  const side = comparison.against.find((each) => each.name === on);
  const sides = [BASELINE, on].map((each) => comparison.measurements.find(({ name }) => name === each));
  if (side === undefined || sides.includes(undefined)) {
    const reason = trials.find((trial) => trial.name === on)?.reason ?? 'it was not tried';
    throw new Error(`${id}: expected the backend ${on} to run, got: ${reason}`);
  }
  const texts = sides.map((each) => `${each?.name} ${timeText(spread(each?.samples ?? []))}`);
  const far = (side.difference?.relative ?? 0).toExponential(1);
  const note = `${texts.join(', ')}; outputs differ by ${far}`;
  return { id, ...side.speedup, unit: 'x', n: sides[1]?.latency.n ?? 0, note };
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

export const cases: readonly BenchCase[] = Object.entries(NETS).flatMap(([name, net]) =>
  (['tfjs-node', 'cpu'] as const).map((on): BenchCase => {
    const id = `models/${name}-${on}`;
    return {
      id,
      what: `a fused graph of ${name} on wasm with our kernels against ${on}, batch 1`,
      missing: () => missing(on),
      run: (context) => rowOf(id, net(), on, context),
    };
  }),
);
