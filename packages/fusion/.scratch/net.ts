import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as path from 'node:path';
import { toArtifacts, traceLayersModel, printGraph, rewrite, explain, Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { inferenceRules } from '../src/index.js';
wasm.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')) + '/wasm-out/');
async function main() {
  await tf.setBackend('wasm');
  for (const [name, net, size] of [
    ['residual', nets.residual({ seed: 1 }), 16],
    ['mnv2', nets.mobilenetV2({ seed: 1 } as never), 224],
    ['resnet', nets.resnet18({ seed: 1 } as never), 224],
  ] as const) {
    let t = performance.now();
    const model = traceLayersModel(net);
    const t1 = performance.now() - t;
    t = performance.now();
    const r = rewrite(model, inferenceRules());
    const t2 = performance.now() - t;
    console.log(name, model.graph.size, '->', r.model.graph.size, 'trace', t1 | 0, 'fuse', t2 | 0, [
      ...r.counts,
    ]);
    if (name === 'residual') {
      console.log(printGraph(model.graph, { weights: model.weights }));
      console.log(printGraph(r.model.graph, { weights: r.model.weights }));
    }
    for (const e of explain(r.model, inferenceRules(), [
      'Conv2D',
      'FusedBatchNormV3',
      'MatMul',
      '_FusedConv2D',
      'Conv2DBackpropInput',
    ]))
      console.log('   ', e.message);
    const g = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(r.model)));
    const x = tf.randomNormal([1, size, size, 3], 0, 1, 'float32', 5);
    const a = net.predict(x) as tf.Tensor,
      b = g.predict(x) as tf.Tensor;
    console.log('diff', tf.max(tf.abs(tf.sub(a, b))).dataSync()[0], 'mag', tf.max(tf.abs(a)).dataSync()[0]);
    const time = (f: () => tf.Tensor) => {
      const v: number[] = [];
      for (let i = 0; i < 8; i++) {
        const s = performance.now();
        const y = f();
        y.dataSync();
        y.dispose();
        v.push(performance.now() - s);
      }
      return v.sort((p, q) => p - q)[3]!.toFixed(1);
    };
    console.log(
      'layers',
      time(() => net.predict(x) as tf.Tensor),
      'fused',
      time(() => g.predict(x) as tf.Tensor),
    );
  }
}
void main();
