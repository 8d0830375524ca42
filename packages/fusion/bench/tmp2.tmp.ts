import { DEV_MODELS, folderOf } from './dev-models.js';
import { loadModel, toArtifacts, fileHandler } from '@tfjs-optimize/core';
import { inference } from '../src/index.js';
import { race } from '@tfjs-optimize/benchmark';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as path from 'node:path';
(async () => {
  setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  for (const dev of DEV_MODELS.filter((d) => process.argv.length < 3 || d.name.includes(process.argv[2]!))) {
    try {
      const file = path.join(folderOf(dev)!, 'model.json');
      const inputs = dev.inputs(1);
      const model = await loadModel(file);
      const { model: fused } = await inference().run(model, {
        seed: 1,
        inputs: { need: () => 0 as never, has: () => false },
        progress() {},
        note() {},
      });
      const g = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(fused as never)));
      const stock =
        dev.format === 'graph'
          ? await tf.loadGraphModel(fileHandler(file))
          : await tf.loadLayersModel(fileHandler(file));
      const base = () =>
        dev.format === 'graph'
          ? dev.async
            ? (stock as tf.GraphModel).executeAsync(inputs)
            : (stock as tf.GraphModel).execute(inputs)
          : (stock as tf.LayersModel).predict(inputs);
      const r = await race(
        base as never,
        () => (dev.async ? g.executeAsync(inputs) : g.execute(inputs)) as never,
        { id: dev.name, seed: 1, tolerance: 1e-3 },
      );
      console.log(
        dev.name,
        model.graph.size,
        '->',
        fused.graph.size,
        r.value.toFixed(3),
        r.low.toFixed(3),
        r.high.toFixed(3),
        r.note,
      );
    } catch (e) {
      console.log(dev.name, String((e as Error).stack).slice(0, 500));
    }
  }
})();
