import { race, type BenchCase, type BenchContext, type BenchRow } from '@tfjs-optimize/benchmark';
import { compile } from '@tfjs-optimize/native';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { raceAgainstCpu } from './gpu/cpu-race.js';
import { sayOnce } from './gpu/say-once.js';
import { fusedOn, NETWORKS, RESNET, type Network } from './gpu/networks.js';
import { hasSessions, placeHere, type GpuPlace } from './gpu/place.js';
import { sweepRows } from './gpu/sweep.js';
import { gpuTolerance, halfTolerance } from './gpu/tolerance.js';
import { BATCH, STEPS, trainingData } from './gpu/training.js';

interface GpuCase {
  readonly id: string;
  readonly what: string;
  /** Whether it needs sessions of TensorFlow. */
  readonly sessions?: true;
  readonly run: (place: GpuPlace, context: BenchContext) => Promise<BenchRow | readonly BenchRow[]>;
}

/** A case that runs where there is a GPU, and says so where something stands in for one. */
function gpuCase({ id, what, sessions, run }: GpuCase): BenchCase {
  return {
    id,
    what,
    mayBeAbsent: true,
    missing: async () => {
      const place = await placeHere();
      if (typeof place === 'string') return place;
      if (sessions !== true || hasSessions(place)) return undefined;
      return `sessions of TensorFlow need tfjs-node-gpu, and the GPU is used by ${place.name}`;
    },
    run: async (context) => {
      const place = (await placeHere()) as GpuPlace;
      const rows = [await run(place, context)].flat();
      if (place.gpu) return rows.map((row) => ({ ...row, device: place.device ?? place.name }));
      return rows.map((row) => ({ ...row, note: `NO GPU, ${place.name} stands in; ${row.note}` }));
    },
  };
}

/** Time and rounds of a race. */
const pace = ({ quick, seed, signal, progress }: BenchContext) => ({
  ...{ seed, progress, timeMs: quick ? 2000 : 6000, minRounds: quick ? 5 : 20 },
  ...(signal && { signal }),
});

function cpuCase(network: Network): GpuCase {
  const id = `gpu/${network.name}`;
  return {
    id,
    what: 'the fastest backend of the CPU against the GPU, op by op, batch 1',
    run: async (place, context) => {
      const { model, x } = await fusedOn(place, network, { seed: context.seed, batch: 1 });
      const tolerance = gpuTolerance(place, network.sums);
      const row = await raceAgainstCpu(place, { id, candidate: model, inputs: x, tolerance }, context);
      x.dispose();
      model.dispose();
      return row;
    },
  };
}

function sessionCase(network: Network): GpuCase {
  const id = `gpu/session-${network.name}`;
  return {
    id,
    what: 'a model op by op against a session of TensorFlow, both on the GPU, batch 1',
    sessions: true,
    run: async (place, context) => {
      const { model, x } = await fusedOn(place, network, { seed: context.seed, batch: 1 });
      const session = await compile(model);
      const row = await race(
        () => model.run(x),
        () => session.run(x),
        {
          ...pace(context),
          ...{ id, names: ['op by op', 'session'], tolerance: gpuTolerance(place, network.sums) },
        },
      );
      x.dispose();
      [model, session].forEach((each) => each.dispose());
      return row;
    },
  };
}

function sweepCase(inSession: boolean): GpuCase {
  const id = `gpu/${inSession ? 'session-batch' : 'batch'}`;
  return {
    id,
    what: `ResNet-18 in batches, ${inSession ? 'in a session of TensorFlow' : 'op by op'}: images a second`,
    ...(inSession && { sessions: true }),
    run: async (place, { seed, quick, signal, progress }) => {
      const { model, x } = await fusedOn(place, RESNET, { seed, batch: 1 });
      const runs = inSession ? await compile(model) : model;
      const rows = await sweepRows(id, runs, x, {
        ...{ seed, sizes: quick ? [1, 4, 16] : [1, 2, 4, 8, 16, 32, 64], runs: quick ? 5 : 20 },
        ...{ tolerance: gpuTolerance(place, RESNET.sums), warmUpMs: quick ? 200 : 500 },
        progress: sayOnce(progress),
        ...(signal && { signal }),
      });
      x.dispose();
      [...new Set([model, runs])].forEach((each) => each.dispose());
      return rows;
    },
  };
}

/** A batch that keeps the units busy which compute in half precision. */
const HALF_BATCH = 32;

const HALF: GpuCase = {
  id: `gpu/half-resnet-18-${HALF_BATCH}`,
  what: `ResNet-18 in float32 against float16, both in sessions on the GPU, batch ${HALF_BATCH}`,
  sessions: true,
  run: async (place, context) => {
    const { model, x } = await fusedOn(place, RESNET, { seed: context.seed, batch: HALF_BATCH });
    const float32 = await compile(model);
    const float16 = await compile(model, { precision: 'float16' });
    const row = await race(
      () => float32.run(x),
      () => float16.run(x),
      {
        ...pace(context),
        ...{ id: HALF.id, names: ['float32', 'float16'] },
        // Each rounds what it multiplies, the first one by TF32.
        tolerance: gpuTolerance(place, RESNET.sums) + halfTolerance(RESNET.sums, 'float16'),
      },
    );
    x.dispose();
    [model, float32, float16].forEach((each) => each.dispose());
    return { ...row, note: `${HALF_BATCH} images a call; ${row.note}` };
  },
};

const TRAIN_STEP: GpuCase = {
  id: 'gpu/train-step',
  what: `${STEPS} steps of core's training loop, the fastest backend of the CPU against the GPU, batch ${BATCH}`,
  run: async (place, context) => {
    await tf.setBackend(place.registered);
    const inputs = trainingData(context.seed);
    // Six layers forward, each with two gradients back, of which that of the first kernel sums over all pixels.
    const tolerance = STEPS * gpuTolerance(place, [3 * 6, BATCH * 32 * 32]);
    const candidate = { module: path.join(__dirname, 'gpu/training.ts'), export: 'trainSteps' };
    const row = await raceAgainstCpu(place, { id: 'gpu/train-step', candidate, inputs, tolerance }, context);
    tf.dispose(inputs);
    return { ...row, note: `${STEPS} steps a call; ${row.note}` };
  },
};

export const cases: readonly BenchCase[] = [
  ...NETWORKS.map(cpuCase),
  ...NETWORKS.map(sessionCase),
  sweepCase(false),
  sweepCase(true),
  HALF,
  TRAIN_STEP,
].map(gpuCase);
