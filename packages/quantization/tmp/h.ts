import { loadModel, makeContext, runPass, executorOf, savedBytes, type Model, type ValueId, valueId, outputCount, asyncNodeOf, printGraph } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { convertStatic } from '../src/static/convert.js';
import { watch, scan } from '../src/observers/watch.js';
export async function fused(name: string): Promise<Model> {
  const model = await loadModel(`/work/shared/data/models/${name}/model.json`);
  return (await runPass(inference(), model, makeContext())).model;
}
export async function rangesOf(model: Model, inputs: tf.Tensor[][], observer: any = { name: 'minMax', options: {} }) {
  const values: ValueId[] = [];
  for (const n of model.graph) if (n.op !== 'Const') for (let i = 0; i < (outputCount(n) ?? 1); i++) values.push(valueId(n.name, i));
  const ws = new Map(values.map(v => [v, watch(observer)]));
  const seen = new Set<string>();
  for (const x of inputs) {
    const out = await executorOf(model).executeAsync(x, values);
    for (let i = 0; i < values.length; i++) { const t = out[i]; if (t && t.dtype === 'float32') { const d = t.dataSync() as Float32Array; if (d.length) { const r = scan(d); ws.get(values[i]!)!.observe(d, r); seen.add(values[i]!);} } }
    tf.dispose(out);
  }
  const ranges = new Map([...seen].map(v => [v, ws.get(v)!.range()]));
  return (v: ValueId) => ranges.get(v);
}
export { tf, convertStatic, savedBytes, printGraph, asyncNodeOf };
