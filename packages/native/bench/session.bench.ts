import { race, reorderTolerance, type BenchCase } from '@tfjs-optimize/benchmark';
import { bytesText, millisecondsText, optimize, traceLayersModel } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import { compile, loadTfjsNode } from '@tfjs-optimize/native';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { missingTfjsNode } from './tfjs-node.js';

/** A network, and how many times faster its session has to be than itself run op by op. */
interface SessionCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly make: (seed: number) => tf.LayersModel;
  /** Layers whose sums may be added in another order, and numbers in the longest of them. */
  readonly sums: readonly [layers: number, length: number];
  readonly graph: number;
  readonly layers?: number;
}

const IMAGE = [1, 224, 224, 3];

const HELD: readonly SessionCase[] = [
  {
    name: 'mobilenet-v2-224',
    shape: IMAGE,
    make: (seed) => nets.mobilenetV2({ seed }),
    sums: [53, 1280],
    graph: 3,
    layers: 5,
  },
  {
    name: 'resnet-18-224',
    shape: IMAGE,
    make: (seed) => nets.resnet18({ seed }),
    sums: [20, 4608],
    graph: 1.5,
  },
  {
    name: 'bert-base-4x128',
    shape: [1, 128, 768],
    make: (seed) => nets.bert({ hidden: 768, heads: 12, blocks: 4, norms: 'arithmetic', seed }),
    sums: [32, 3072],
    graph: 2,
  },
];

/** What making a session costs: time to compile, time of the first call, and memory of the process. */
async function making<T>(
  make: () => Promise<T>,
  first: (made: T) => unknown,
): Promise<[made: T, note: string]> {
  const collect = globalThis.gc ?? ((): void => undefined);
  collect();
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const made = await make();
  const compiled = performance.now();
  tf.tidy(() => void first(made));
  const called = performance.now();
  collect();
  const held = process.memoryUsage().rss - before;
  const [compiling, calling] = [compiled - start, called - compiled].map(millisecondsText);
  return [
    made,
    `compiled in ${compiling}, first call ${calling}, ${bytesText(Math.max(0, held))} more memory`,
  ];
}

/** The same network in one process, op by op by TensorFlow.js on tfjs-node, and in a session. */
function sessionCase(held: SessionCase, against: 'graph' | 'layers', atLeast: number): BenchCase {
  const id = `native/${held.name}${against === 'layers' ? '-layers' : ''}`;
  return {
    id,
    what: `${against} model on tfjs-node against a session of TensorFlow, batch 1`,
    missing: missingTfjsNode,
    run: async ({ seed, quick, signal, progress }) => {
      await loadTfjsNode();
      const layers = held.make(seed);
      const x = nets.uniformTensor(held.shape, seed);
      const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
      // Layer norms and GELUs as one op each, which the session takes apart in the way that is fastest there.
      const { model: written } = await optimize(model, fuseNorms(), { seed });
      const [session, cost] = await making(
        () => compile(written),
        (made) => made.run(x),
      );
      const eager = {
        graph: (): tf.Tensor[] => model.run(x),
        layers: (): tf.Tensor => layers.predict(x) as tf.Tensor,
      };
      const row = await race(eager[against], () => session.run(x), {
        ...{ id, seed, progress, target: { atLeast }, names: [against, 'session'] },
        ...{ tolerance: reorderTolerance(...held.sums) },
        ...{ timeMs: quick ? 2000 : 6000, minRounds: quick ? 5 : 20 },
        ...(signal && { signal }),
      });
      tf.dispose(x);
      for (const each of [layers, model, session]) each.dispose();
      return { ...row, note: `${row.note}; ${cost}` };
    },
  };
}

export const cases: readonly BenchCase[] = HELD.flatMap((held) => [
  sessionCase(held, 'graph', held.graph),
  ...(held.layers === undefined ? [] : [sessionCase(held, 'layers', held.layers)]),
]);
