import { backend, optimize, Weight } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import '@tfjs-optimize/wasm';
import { quantizeDynamic } from '../src/index.js';
import { classesOf, photos, sharedModel } from './real-models.js';
async function main() {
  await backend.use('wasm');
  const float = await sharedModel('mobilenet-v1-025-imagenet-layers');
  const { model } = await optimize(float, [inference()]);
  const all = photos();
  const a = classesOf(model, all);
  const right = (c: number[]) => c.filter((v, i) => v === all[i]!.label).length;
  const say = (what: string, b: number[]) =>
    console.log(what, 'agree', b.filter((v, i) => v === a[i]).length, 'right', right(a), right(b));
  for (const kind of ['max', 'mse'] as const) {
    const q = (await quantizeDynamic(model, {})).model;
    const names = [...q.graph].filter((n) => n.op.startsWith('@tfjs')).map((n) => n.name);
    const changes = new Map<string, Weight>();
    for (const name of names) {
      const node = model.graph.need(name);
      const w = model.weights.need(node.inputs[1]!);
      const v = w.numbers();
      const n = w.shape.at(-1)!;
      const rows = v.length / n;
      const out = new Float32Array(v.length);
      for (let c = 0; c < n; c++) {
        let m = 0;
        for (let r = 0; r < rows; r++) m = Math.max(m, Math.abs(v[r * n + c]!));
        let bestS = m / 127,
          bestE = Infinity;
        for (let f = kind === 'max' ? 1 : 0.7; f <= 1.0001; f += 0.01) {
          const s = (m * f) / 127;
          let e = 0;
          for (let r = 0; r < rows; r++) {
            const x = v[r * n + c]!;
            const y = Math.max(-127, Math.min(127, Math.round(x / s))) * s;
            e += (x - y) ** 2;
          }
          if (e < bestE) {
            bestE = e;
            bestS = s;
          }
        }
        for (let r = 0; r < rows; r++)
          out[r * n + c] = Math.max(-127, Math.min(127, Math.round(v[r * n + c]! / bestS))) * bestS;
      }
      changes.set(node.inputs[1]!, Weight.of(out, w.shape));
    }
    const wo = model.with({ weights: model.weights.with(changes) });
    say('weights only ' + kind, classesOf(wo, all));
    wo.dispose();
  }
}
void main();
