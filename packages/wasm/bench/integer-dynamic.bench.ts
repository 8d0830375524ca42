import { race, type BenchCase, type Target } from '@tfjs-optimize/benchmark';
import { backend, optimize, toArtifacts, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizeDynamic } from '@tfjs-optimize/quantization';
import { registerOps } from '@tfjs-optimize/runtime';
import { opName } from '@tfjs-optimize/runtime/format';
import { nets } from '@tfjs-optimize/testing';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import * as tf from '@tensorflow/tfjs';
import { ours, stock } from './sides.js';

interface NetworkCase {
  readonly id: string;
  readonly hidden: number;
  readonly heads: number;
  readonly target: Target;
}

/** Four blocks of BERT on 128 tokens: the fused float graph against the same with its dense layers in dynamic int8. */
function bert({ id, hidden, heads, target }: NetworkCase): BenchCase {
  return {
    id,
    what: 'our float kernels over dynamic int8 products, one thread, batch 1',
    run: async ({ seed, signal, progress }) => {
      await backend.use('wasm');
      registerOps();
      const layers = nets.bert({ hidden, heads, blocks: 4, norms: 'layer', seed });
      const x = nets.uniformTensor([1, 128, hidden], seed);
      const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
      const { model: fused } = await optimize(model, fuseNorms(), { seed });
      const { model: dynamic } = await quantizeDynamic(fused);
      const load = (each: Model): Promise<tf.GraphModel> =>
        tf.loadGraphModel(tf.io.fromMemory(toArtifacts(each)));
      const [float, int8] = [await load(fused), await load(dynamic)];
      const row = await race(
        ours(() => float.execute(x)),
        ours(() => int8.execute(x)),
        {
          ...{ id, seed, progress, target, names: ['float', 'int8'], differByDesign: true },
          ...{ timeMs: 6000, minRounds: 20 },
          ...(signal && { signal }),
        },
      );
      tf.dispose(x);
      for (const each of [layers, float, int8]) each.dispose();
      return { ...row, note: `${row.note}; ${integerForm()} integers` };
    },
  };
}

const SIZE = 4096;

/** A vector by a square matrix, which takes as long as its weights take to come. */
const gemv: BenchCase = {
  id: `integer/gemv-${SIZE}-dynamic`,
  what: 'float product of the stock backend over a dynamic int8 product of one row, one thread',
  run: async ({ seed, signal, progress }) => {
    const id = `integer/gemv-${SIZE}-dynamic`;
    await backend.use('wasm');
    registerOps();
    const x = nets.uniformTensor([1, SIZE], seed) as tf.Tensor2D;
    const float = tf.randomUniform<tf.Rank.R2>([SIZE, SIZE], -127, 128, 'float32', seed);
    const w = tf.tidy(() => tf.cast(tf.floor(float), 'int32'));
    const bytes = tf.tensor(new Uint8Array(Int8Array.from(w.dataSync()).buffer), w.shape, 'bool');
    const scales = tf.ones([1]);
    const attrs = { mode: 'row', activation: 'uint8', clamp_min: -Infinity, clamp_max: Infinity };
    const row = await race(
      stock(() => tf.matMul(x, float)),
      ours(() => tf.engine().runKernel<tf.Tensor>(opName('DynamicMatMul'), { x, w: bytes, scales }, attrs)),
      {
        ...{ id, seed, progress, target: { atLeast: 2 }, differByDesign: true, timeMs: 4000 },
        ...(signal && { signal }),
      },
    );
    tf.dispose([x, float, w, bytes, scales]);
    return { ...row, note: `${row.note}; ${integerForm()} integers` };
  },
};

export const cases: readonly BenchCase[] = [
  bert({ id: 'integer/bert-base-4x128', hidden: 768, heads: 12, target: { atLeast: 2 } }),
  bert({ id: 'integer/bert-mini-4x128', hidden: 256, heads: 4, target: { atLeast: 1.5 } }),
  gemv,
];
