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

/** A network, and what it is held against, by the end of the case's name. */
interface Held extends Pick<NetworkCase, 'shape' | 'make' | 'sums'> {
  readonly name: string;
  readonly against: readonly (readonly [end: string, against: Baseline, atLeast: number])[];
}

const IMAGE = [1, 224, 224, 3];

const HELD: readonly Held[] = [
  {
    name: 'bert-base-4x128',
    shape: [1, 128, 768],
    make: bert(768, 12),
    sums: [32, 3072],
    against: [
      ['', 'layers', 2.4],
      ['-import', 'import', 1],
      ['-graph', 'graph', 1.35],
    ],
  },
  {
    name: 'bert-mini-4x128',
    shape: [1, 128, 256],
    make: bert(256, 4),
    sums: [32, 1024],
    against: [['', 'graph', 2]],
  },
  {
    name: 'resnet-18-224',
    shape: IMAGE,
    make: (seed) => nets.resnet18({ seed }),
    sums: [20, 4608],
    against: [
      ['', 'graph', 1.35],
      ['-import', 'import', 1],
    ],
  },
  {
    name: 'mobilenet-v2-224',
    shape: IMAGE,
    make: (seed) => nets.mobilenetV2({ seed }),
    sums: [53, 1280],
    against: [
      ['', 'graph', 1],
      ['-import', 'import', 1],
    ],
  },
];

export const cases: readonly BenchCase[] = HELD.flatMap(({ name, against, ...network }) =>
  against.map(([end, baseline, atLeast]) =>
    networkCase({ ...network, id: `wasm/${name}${end}`, against: baseline, target: { atLeast } }),
  ),
);
