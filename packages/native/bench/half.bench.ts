import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { bytesText, optimize, traceLayersModel } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { compile, loadTfjsNode, type Precision } from '@tfjs-optimize/native';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { missingTfjsNode } from './tfjs-node.js';

interface HalfCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly make: (seed: number) => tf.LayersModel;
}

/** Layers of 1000, 500 and 10 units. */
function dense(seed: number): tf.LayersModel {
  const kernel = (more: number): { kernelInitializer: ReturnType<typeof tf.initializers.glorotUniform> } => ({
    kernelInitializer: tf.initializers.glorotUniform({ seed: seed + more }),
  });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 500, activation: 'relu', inputShape: [1000], ...kernel(0) }),
      tf.layers.dense({ units: 10, activation: 'softmax', ...kernel(1) }),
    ],
  });
}

const HELD: readonly HalfCase[] = [
  { name: 'dense-1000-500-10x64', shape: [64, 1000], make: dense },
  { name: 'resnet-18-224', shape: [1, 224, 224, 3], make: (seed) => nets.resnet18({ seed }) },
  { name: 'mobilenet-v2-224', shape: [1, 224, 224, 3], make: (seed) => nets.mobilenetV2({ seed }) },
];

/** Storage costs files and nothing else; computation is what it is. */
const PRECISIONS: readonly (readonly [precision: Precision, atLeast?: number])[] = [
  ['float16-storage', 0.95],
  ['bfloat16-storage', 0.95],
  ['float16'],
  ['bfloat16'],
];

/** A session in 16 bits against one of the same model in float32. */
function halfCase({ name, shape, make }: HalfCase, precision: Precision, atLeast?: number): BenchCase {
  const id = `native/half-${name}-${precision}`;
  return {
    id,
    what: `a session of TensorFlow in float32 against ${precision}`,
    missing: missingTfjsNode,
    run: async ({ seed, quick, signal, progress }) => {
      await loadTfjsNode();
      const layers = make(seed);
      const x = nets.uniformTensor(shape, seed);
      const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
      const [whole, half] = [await compile(model), await compile(model, { precision })];
      const row = await race(
        () => whole.run(x),
        () => half.run(x),
        {
          ...{ id, seed, progress, names: ['float32', precision], differByDesign: true },
          ...{ timeMs: quick ? 1000 : 6000, minRounds: quick ? 3 : 10 },
          ...(atLeast !== undefined && { target: { atLeast } }),
          ...(signal && { signal }),
        },
      );
      const { nodes } = half.precision;
      const halves = nodes.filter((node) => node.precision !== 'float32').length;
      tf.dispose(x);
      for (const each of [layers, model, whole, half]) each.dispose();
      const weights = [...model.weights].reduce((sum, [, { memoryBytes }]) => sum + memoryBytes, 0);
      const computed = nodes.length === 0 ? 'none' : `${halves} of ${nodes.length} nodes`;
      return {
        ...row,
        note: `${row.note}; ${bytesText(weights)} of weights in float32, ${computed} computed in 16 bits`,
      };
    },
  };
}

export const cases: readonly BenchCase[] = HELD.flatMap((held) =>
  PRECISIONS.map(([precision, atLeast]) => halfCase(held, precision, atLeast)),
);
