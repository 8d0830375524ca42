import { DEV_MODELS, folderOf } from './dev-models.js';
import { loadModel, toArtifacts } from '@tfjs-optimize/core';
import { inference } from '../src/index.js';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as path from 'node:path';
(async () => {
  setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  const dev = DEV_MODELS.find((d) => d.name.includes(process.argv[2]!))!;
  const model = await loadModel(folderOf(dev)!);
  const { model: fused } = await inference().run(model, {
    seed: 1,
    inputs: { need: () => 0 as never, has: () => false },
    progress() {},
    note() {},
  });
  const g = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(fused as never)));
  const x = dev.inputs(1);
  const t = performance.now();
  let n = 0;
  while (performance.now() - t < 6000) {
    const y = g.execute(x) as tf.Tensor;
    y.dataSync();
    y.dispose();
    n++;
  }
  console.log(6000 / n);
})();
