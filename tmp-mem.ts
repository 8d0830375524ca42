import { optimize, traceLayersModel, backend } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { compile } from '@tfjs-optimize/native'; import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
void (async () => {
  await backend.use('tfjs-node');
  const [name, weights] = process.argv.slice(2) as [string, any];
  const which: Record<string, () => any> = {
    mob: () => nets.mobilenetV2({ seed: 1 }), res: () => nets.resnet18({ seed: 1 }),
    bert: () => nets.bert({ hidden: 768, heads: 12, blocks: 4, norms: 'arithmetic', seed: 1 }),
  };
  const layers = which[name]!();
  const { model } = await optimize(traceLayersModel(layers), inference(), { seed: 1 });
  layers.dispose(); const fast = (await optimize(model, [fuseNorms()], { seed: 1 })).model;
  const x = nets.uniformTensor(name === 'bert' ? [1, 128, 768] : [1, 224, 224, 3], 1);
  globalThis.gc?.();
  const rss = () => Math.round(process.memoryUsage().rss / 1e6);
  const r0 = rss(); const t0 = performance.now();
  const s = await compile(process.env.FN ? fast : model, { weights: weights === 'auto' ? undefined : weights });
  const t1 = performance.now(); const r1 = rss();
  tf.tidy(() => void s.run(x)); const t2 = performance.now();
  globalThis.gc?.(); const r2 = rss();
  const ts: number[] = [];
  for (let i = 0; i < 40; i++) { const a = performance.now(); tf.tidy(() => { s.run(x)[0]!.dataSync(); }); ts.push(performance.now() - a); }
  const es: number[] = [];
  for (let i = 0; i < 15; i++) { const a = performance.now(); tf.tidy(() => { model.run(x)[0]!.dataSync(); }); es.push(performance.now() - a); }
  const med = (v: number[]) => v.sort((a, b) => a - b)[v.length >> 1]!.toFixed(1);
  const fs = await import('node:fs');
  const hwm = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))![1];
  console.log(name, weights, 'rss before', r0, 'compiled +', r1 - r0, 'first +', r2 - r0, 'peak', Math.round(+hwm! / 1e3), `compile ${(t1 - t0) | 0} first ${(t2 - t1) | 0} ms, median ${med(ts)} eager ${med(es)}`);
})();
