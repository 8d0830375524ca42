import { race, reorderTolerance, type BenchCase, type Target } from '@tfjs-optimize/benchmark';
import { backend, optimize, toArtifacts, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import { nets } from '@tfjs-optimize/testing';
import { simdInUse } from '@tfjs-optimize/wasm';
import * as tf from '@tensorflow/tfjs';
import { ours, stock, type Call } from './sides.js';

/**
 * What a network is held against: itself as a layers model, or fused by the preset `inference()`; or by `import` alone,
 * the same layers model on both sides.
 */
type Baseline = 'layers' | 'graph' | 'import';

type Network = (seed: number, against: Baseline) => tf.LayersModel;

interface NetworkCase {
  readonly id: string;
  readonly shape: readonly number[];
  readonly make: Network;
  readonly against: Baseline;
  readonly target: Target;
  /** Layers whose sums may be added in another order, and numbers in the longest of them. */
  readonly sums: readonly [layers: number, length: number];
}

/** A network with stock kernels against its optimized graph with ours. */
function networkCase({ id, shape, make, against, target, sums }: NetworkCase): BenchCase {
  return {
    id,
    what:
      against === 'import'
        ? 'a layers model against itself with our kernels, one thread, batch 1'
        : `stock ${against} model against the optimized graph with our kernels, one thread, batch 1`,
    run: async ({ seed, signal, progress }) => {
      await backend.use('wasm');
      const layers = make(seed, against);
      const x = nets.uniformTensor(shape, seed);
      const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
      const { model: fused } = await optimize(model, fuseNorms(), { seed });
      const load = (each: Model): Promise<tf.GraphModel> =>
        tf.loadGraphModel(tf.io.fromMemory(toArtifacts(each)));
      const [graph, fast] = [await load(model), await load(fused)];
      const calls: Record<Baseline, Call> = {
        layers: () => layers.predict(x),
        graph: () => graph.execute(x),
        import: () => layers.predict(x),
      };
      const row = await race(
        stock(calls[against]),
        ours(against === 'import' ? calls.import : () => fast.execute(x)),
        {
          id,
          seed,
          progress,
          tolerance: reorderTolerance(...sums),
          target,
          timeMs: 6000,
          minRounds: 20,
          ...(signal && { signal }),
        },
      );
      tf.dispose([x]);
      layers.dispose();
      graph.dispose();
      fast.dispose();
      return { ...row, note: `${row.note}; ${simdInUse()} SIMD` };
    },
  };
}

/** Four blocks on 128 tokens. As a graph its layer norms are in arithmetic, the faster form for stock kernels. */
const bert =
  (hidden: number, heads: number): Network =>
  (seed, against) =>
    nets.bert({ hidden, heads, blocks: 4, norms: against === 'graph' ? 'arithmetic' : 'layer', seed });

export const cases: readonly BenchCase[] = [
  networkCase({
    id: 'wasm/bert-base-4x128',
    shape: [1, 128, 768],
    make: bert(768, 12),
    against: 'layers',
    target: { atLeast: 2.4 },
    sums: [32, 3072],
  }),
  networkCase({
    id: 'wasm/bert-base-4x128-import',
    shape: [1, 128, 768],
    make: bert(768, 12),
    against: 'import',
    target: { atLeast: 1 },
    sums: [32, 3072],
  }),
  networkCase({
    id: 'wasm/resnet-18-224-import',
    shape: [1, 224, 224, 3],
    make: (seed) => nets.resnet18({ seed }),
    against: 'import',
    target: { atLeast: 1 },
    sums: [20, 4608],
  }),
  networkCase({
    id: 'wasm/mobilenet-v2-224-import',
    shape: [1, 224, 224, 3],
    make: (seed) => nets.mobilenetV2({ seed }),
    against: 'import',
    target: { atLeast: 1 },
    sums: [53, 1280],
  }),
  networkCase({
    id: 'wasm/bert-base-4x128-graph',
    shape: [1, 128, 768],
    make: bert(768, 12),
    against: 'graph',
    target: { atLeast: 1.35 },
    sums: [32, 3072],
  }),
  networkCase({
    id: 'wasm/bert-mini-4x128',
    shape: [1, 128, 256],
    make: bert(256, 4),
    against: 'graph',
    target: { atLeast: 2 },
    sums: [32, 1024],
  }),
  networkCase({
    id: 'wasm/resnet-18-224',
    shape: [1, 224, 224, 3],
    make: (seed) => nets.resnet18({ seed }),
    against: 'graph',
    target: { atLeast: 1.35 },
    sums: [20, 4608],
  }),
  networkCase({
    id: 'wasm/mobilenet-v2-224',
    shape: [1, 224, 224, 3],
    make: (seed) => nets.mobilenetV2({ seed }),
    against: 'graph',
    target: { atLeast: 1 },
    sums: [53, 1280],
  }),
];
