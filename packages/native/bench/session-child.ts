// node … session-child.ts KIT MODEL THREADS: a network of the peer kit in a session of TensorFlow, measured by the
// kit's own rules; prints one line of JSON as its scripts do.
import { loadModel, optimize } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { compile, configure } from '@tfjs-optimize/native';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is used here of the kit's lib.mjs. */
interface Kit {
  readonly MODELS: string;
  f32(file: string): Float32Array;
  cosine(a: Float32Array, b: Float32Array): number;
  time(run: () => Promise<Float32Array>): Promise<{ ms: number; min: number; n: number; out: Float32Array }>;
  meta(model: string): { readonly inputs: readonly (readonly number[])[] };
  emit(row: object): void;
}

async function main([kit, model, threads]: readonly [string, string, string]): Promise<void> {
  const { MODELS, f32, cosine, time, meta, emit } = (await import(
    pathToFileURL(path.join(kit, 'lib.mjs')).href
  )) as Kit;
  configure({ intraOpThreads: Number(threads) });
  const folder = path.join(MODELS, model);
  const started = performance.now();
  const { model: fused } = await optimize(
    await loadModel(path.join(folder, 'graph/model.json')),
    inference(),
  );
  const session = await compile((await optimize(fused, fuseNorms())).model, { weights: 'constants' });
  const loadMs = performance.now() - started;
  const inputs = meta(model).inputs.map((shape, i) =>
    tf.tensor(f32(path.join(folder, `in${i}.bin`)), [...shape]),
  );
  const timed = await time(async () => {
    const [y] = session.run(inputs) as [tf.Tensor];
    const values = (await y.data()) as Float32Array;
    y.dispose();
    return values;
  });
  const cos = cosine(timed.out, f32(path.join(folder, 'ref.bin')));
  emit({ rt: `session-${threads}`, model, variant: 'f32', ...timed, cos, loadMs });
}

void main(process.argv.slice(2) as unknown as [string, string, string]);
