import { race, type BenchCase, type BenchContext, type BenchRow } from '@tfjs-optimize/benchmark';
import { backend, optimize, spread, toArtifacts, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { pruneChannels } from '@tfjs-optimize/pruning';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { resnet50 } from './resnet-50.js';

/** Times of groups, importances, choice and removal together, in seconds. */
async function plan({ seed, quick, progress }: BenchContext): Promise<BenchRow> {
  const model = resnet50(seed);
  const seconds: number[] = [];
  let note = '';
  for (let i = 0; i < (quick ? 3 : 7); i++) {
    const start = performance.now();
    const { before, after } = await pruneChannels(model, { ratio: 0.5 });
    seconds.push((performance.now() - start) / 1000);
    note = `${before.parameters} → ${after.parameters} parameters, ${before.macs} → ${after.macs} MACs, removal included`;
    progress(`${(seconds.at(-1) as number).toFixed(2)} s`);
  }
  const { median, low, high } = spread(seconds);
  return {
    id: 'pruning/plan-resnet-50',
    value: median,
    low,
    high,
    unit: 's',
    n: seconds.length,
    note,
    target: { atMost: 2 },
  };
}

/** The fused dense network against the fused one with half its channels, both by stock kernels. */
async function half({ seed, quick, signal, progress }: BenchContext): Promise<BenchRow> {
  await backend.use('wasm');
  const layers = nets.resnet18({ seed });
  const dense = traceLayersModel(layers);
  const { model: pruned, before, after } = await pruneChannels(dense, { ratio: 0.5 });
  const fuse = async (model: Model): Promise<tf.GraphModel> =>
    tf.loadGraphModel(tf.io.fromMemory(toArtifacts((await optimize(model, inference(), { seed })).model)));
  const [whole, small] = [await fuse(dense), await fuse(pruned)];
  layers.dispose();
  const x = nets.uniformTensor([1, 224, 224, 3], seed);
  const row = await race(
    () => whole.execute(x),
    () => small.execute(x),
    {
      id: 'pruning/resnet-18-224-half',
      seed,
      names: ['dense', 'half'],
      progress,
      differByDesign: true,
      target: { atLeast: 2.8 },
      timeMs: quick ? 3000 : 12_000,
      minRounds: quick ? 5 : 20,
      ...(signal && { signal }),
    },
  );
  tf.dispose(x);
  whole.dispose();
  small.dispose();
  return { ...row, note: `${row.note}; ${before.macs} → ${after.macs} MACs` };
}

export const cases: readonly BenchCase[] = [
  {
    id: 'pruning/plan-resnet-50',
    what: 'choosing and removing half the channels of a graph of 25.6 M parameters',
    run: plan,
  },
  {
    id: 'pruning/resnet-18-224-half',
    what: 'the fused dense network against the fused one with half its channels, both on wasm, batch 1',
    run: half,
  },
];
