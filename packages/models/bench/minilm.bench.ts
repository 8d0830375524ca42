import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { backend, optimize, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { TokenBatch } from '@tfjs-optimize/models';
import { registerOps } from '@tfjs-optimize/runtime';
import { setEnabled, simdInUse } from '@tfjs-optimize/wasm';
import { integerForm } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { fusedBert, int8Bert, minilm, missingMinilm } from './minilm.js';

const LENGTH = 128;

/** 128 tokens that all count, spread over the vocabulary. */
function tokens(): TokenBatch {
  const ids = Int32Array.from({ length: LENGTH }, (_, i) => 1000 + ((i * 7919) % 29_000));
  return new TokenBatch([1, LENGTH], ids, new Int32Array(LENGTH), new Int32Array(LENGTH).fill(1));
}

/** The model as it was loaded, or fused, on the stock kernels, against int8 on ours. */
function latency(id: string, isFused: boolean, atLeast: number): BenchCase {
  return {
    id,
    what: `${isFused ? 'fused' : 'loaded'} floats on the stock wasm backend over int8, ${LENGTH} tokens, batch 1, one thread`,
    missing: missingMinilm,
    run: async ({ seed, quick, signal, progress }) => {
      await backend.use('wasm');
      registerOps();
      const { model } = await minilm(['sentence_embedding']);
      const { model: stockModel } = isFused ? await optimize(model, inference(), { seed }) : { model };
      const float = await fusedBert(model, seed);
      const int8 = await int8Bert(float);
      const inputs = tokens().tensors();
      const call = (each: Model) => (): tf.Tensor => each.run(inputs)[0] as tf.Tensor;
      const stock = async (): Promise<tf.Tensor> => {
        setEnabled(false);
        try {
          return await Promise.resolve(call(stockModel)());
        } finally {
          setEnabled(true);
        }
      };
      const ours = await race(stock, call(float), {
        ...{ id: `${id}-float`, seed, progress, names: ['stock', 'float'], tolerance: 1e-3 },
        ...{ timeMs: quick ? 1500 : 4000, minRounds: 5 },
        ...(signal && { signal }),
      });
      const row = await race(stock, call(int8), {
        ...{ id, seed, progress, target: { atLeast }, names: ['float', 'int8'], differByDesign: true },
        ...{ timeMs: quick ? 2000 : 6000, minRounds: quick ? 5 : 20 },
        ...(signal && { signal }),
      });
      tf.dispose(inputs);
      for (const each of new Set<Model>([model, stockModel, float, int8])) each.dispose();
      const note = `${row.note}; floats on our kernels ${ours.value.toFixed(2)}x; ${simdInUse()} SIMD, ${integerForm()} integers`;
      return { ...row, note };
    },
  };
}

export const cases: readonly BenchCase[] = [
  latency('models/minilm-128', true, 3),
  latency('models/minilm-128-as-loaded', false, 3),
];
