import { tf, fused, rangesOf, convertStatic, savedBytes } from './h.js';
import { photos } from './photos.js';
import type { Model } from '@tfjs-optimize/core';
const N = 150528;
export const P = photos();
export function input(idx: number[]): tf.Tensor { const a = new Float32Array(idx.length * N); idx.forEach((i, k) => { for (let j = 0; j < N; j++) a[k * N + j] = P.pixels[i * N + j]! * (2 / 255) - 1; }); return tf.tensor(a, [idx.length, 224, 224, 3]); }
export const CAL = Array.from({ length: 50 }, (_, i) => 3 * i);
export function answers(model: Model, idx = Array.from({ length: 150 }, (_, i) => i), batch = 10): Float32Array {
  const out = new Float32Array(idx.length * 1000);
  for (let s = 0; s < idx.length; s += batch) { const x = input(idx.slice(s, s + batch)); const [y] = model.run(x); out.set(y!.dataSync() as Float32Array, s * 1000); tf.dispose([x, y!]); }
  return out;
}
export const top = (o: Float32Array) => Array.from({ length: o.length / 1000 }, (_, r) => { let b = 0; for (let c = 1; c < 1000; c++) if (o[r * 1000 + c]! > o[r * 1000 + b]!) b = c; return b; });
export function score(t: number[], ref: number[]) {
  const all = t.filter((b, i) => b === P.labels[i]).length, agree = t.filter((b, i) => b === ref[i]).length;
  const held = t.map((_, i) => i).filter(i => !CAL.includes(i));
  const h = held.filter(i => t[i] === P.labels[i]).length, ha = held.filter(i => t[i] === ref[i]).length;
  return `top1 ${all}/150 = ${(all / 1.5).toFixed(2)} agree ${(agree / 1.5).toFixed(1)}% | held-out ${h}/100 agree ${ha}%`;
}
if (require.main === module) (async () => {
  await tf.setBackend('wasm'); await tf.ready();
  const model = await fused('mobilenet-v1-025-imagenet-layers');
  let t = Date.now(); const f = top(answers(model)); console.log('float', score(f, f), Date.now() - t, 'ms');
  for (const [name, options] of [['minMax', {}], ['percentile', {percentile: 99.99}], ['mse', {}], ['entropy', {}]] as const) {
    t = Date.now();
    const cal = []; for (let s = 0; s < 50; s += 5) cal.push([input(CAL.slice(s, s + 5))]);
    const ranges = await rangesOf(model, cal, { name, options }); tf.dispose(cal);
    const tc = Date.now() - t; t = Date.now();
    for (const o of name === 'minMax' ? [{}, { scaleType: 'bfloat16' }, { granularity: 'tensor' }] as const : [{}]) {
      const { model: q } = convertStatic(model, ranges, o);
      console.log(name, JSON.stringify(options), JSON.stringify(o), score(top(answers(q)), f), 'calibrate', tc, 'run', Date.now() - t, 'bytes', savedBytes(q)); t = Date.now();
    }
  }
})();
