import { race, type BenchCase, type Target } from '@tfjs-optimize/benchmark';
import { backend, optimize, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { quantizeDynamic, quantizeStatic } from '@tfjs-optimize/quantization';
import { registerOps } from '@tfjs-optimize/runtime';
import { opName } from '@tfjs-optimize/runtime/format';
import { nets } from '@tfjs-optimize/testing';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import * as tf from '@tensorflow/tfjs';
import { relaxedOnly } from './relaxed.js';
import { ours, stock } from './sides.js';

interface NetworkCase {
  readonly id: string;
  readonly hidden: number;
  readonly heads: number;
  /** Dense layers alone, by ranges of each call, or all but layer norms, by ranges of examples. */
  readonly kind: 'dynamic' | 'static';
  /** Whose kernels run the floats. */
  readonly against?: 'ours' | 'stock';
  readonly target: Target;
}

async function quantized(model: Model, { kind, hidden }: NetworkCase, seed: number): Promise<Model> {
  if (kind === 'dynamic') return (await quantizeDynamic(model)).model;
  const data = nets.uniformTensor([8, 128, hidden], seed + 1);
  const { model: int8 } = await quantizeStatic(model, { data });
  data.dispose();
  return int8;
}

/** Four blocks of BERT on 128 tokens: the fused float graph against the same in int8. */
function bert(network: NetworkCase): BenchCase {
  const { id, hidden, heads, kind, target, against = 'ours' } = network;
  return {
    id,
    what: `floats on ${against} kernels over ${kind} int8, one thread, batch 1`,
    run: async ({ seed, quick, signal, progress }) => {
      await backend.use('wasm');
      registerOps();
      const layers = nets.bert({ hidden, heads, blocks: 4, norms: 'layer', seed });
      const x = nets.uniformTensor([1, 128, hidden], seed);
      const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
      const { model: float } = await optimize(model, fuseNorms(), { seed });
      const int8 = await quantized(float, network, seed);
      const run = (each: Model) => (): tf.Tensor => each.run(x)[0] as tf.Tensor;
      const baseline = against === 'ours' ? ours(run(float)) : stock(run(model));
      const row = await race(baseline, ours(run(int8)), {
        ...{ id, seed, progress, target, names: ['float', 'int8'], differByDesign: true },
        ...{ timeMs: quick ? 2000 : 6000, minRounds: quick ? 5 : 20 },
        ...(signal && { signal }),
      });
      tf.dispose(x);
      for (const each of [layers, model, float, int8]) each.dispose();
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

const BASE = { hidden: 768, heads: 12 };
const MINI = { hidden: 256, heads: 4 };

export const cases: readonly BenchCase[] = [
  bert({ ...BASE, id: 'integer/bert-base-4x128', kind: 'static', target: { atLeast: 2 } }),
  bert({ ...BASE, id: 'integer/bert-base-4x128-dynamic', kind: 'dynamic', target: { atLeast: 1.5 } }),
  bert({ ...MINI, id: 'integer/bert-mini-4x128', kind: 'static', target: { atLeast: 1.5 } }),
  gemv,
  relaxedOnly(
    bert({
      ...{ ...BASE, id: 'integer/bert-base-4x128', kind: 'static', against: 'stock' },
      target: { atLeast: 4.5 },
    }),
  ),
];
