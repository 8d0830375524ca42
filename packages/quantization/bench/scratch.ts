import { backend, optimize } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import '@tfjs-optimize/wasm';
import { quantizeDynamic } from '../src/index.js';
import { answersOf, classesOf, nextTokens, photos, sharedModel, sums } from './real-models.js';
async function main() {
  await backend.use('wasm');
  const what = process.argv[2];
  if (what === 'lstm') {
    const model = await sharedModel('lstm-seq2seq-layers');
    const { x, answers } = sums(1000, 1);
    const a = answersOf(model, x);
    for (const mode of ['row', 'tensor'] as const)
      for (const activation of ['uint8', 'uint7', 'int8'] as const) {
        const q = await quantizeDynamic(model, { mode, activation });
        if (mode === 'row' && activation === 'uint8') console.log(q.text());
        const b = answersOf(q.model, x);
        console.log(
          mode,
          activation,
          'changed',
          b.filter((v, i) => v !== a[i]).length,
          'right',
          a.filter((v, i) => v === answers[i]).length,
          b.filter((v, i) => v === answers[i]).length,
        );
      }
  } else if (what === 'lm') {
    const model = await sharedModel('transformer-lm-uint8-graph');
    const t = 500;
    const a = nextTokens(model, t);
    for (const ops of [
      ['MatMul', 'Conv2D'],
      ['MatMul', 'BatchMatMulV2'],
    ] as const)
      for (const mode of ['row', 'tensor'] as const)
        for (const activation of ['uint8', 'uint7', 'int8'] as const) {
          const q = await quantizeDynamic(model, { mode, activation, ops });
          if (mode === 'row' && activation === 'uint8') console.log(q.text());
          const b = nextTokens(q.model, t);
          console.log(ops, mode, activation, 'changed', b.filter((v, i) => v !== a[i]).length, 'of', t);
        }
  } else {
    const float = await sharedModel('mobilenet-v1-025-imagenet-layers');
    const { model } = await optimize(float, [inference()]);
    const all = photos();
    const a = classesOf(model, all);
    const right = (c: number[]) => c.filter((v, i) => v === all[i]!.label).length;
    for (const ops of [
      ['MatMul', 'Conv2D'],
      ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'],
    ] as const)
      for (const activation of ['uint8', 'uint7', 'int8'] as const) {
        const q = await quantizeDynamic(model, { activation, ops });
        if (activation === 'uint8') console.log(q.text());
        const t0 = Date.now();
        const b = classesOf(q.model, all);
        console.log(
          ops,
          activation,
          'agree',
          b.filter((v, i) => v === a[i]).length,
          'right',
          right(a),
          right(b),
          Date.now() - t0,
        );
      }
  }
}
void main();
