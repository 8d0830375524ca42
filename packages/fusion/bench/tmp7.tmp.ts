import { DEV_MODELS, folderOf } from './dev-models.js';
import { loadModel, toArtifacts, fileHandler, rewrite, printGraph } from '@tfjs-optimize/core';
import { inferenceRules } from '../src/presets.js';
import { biasBeforeAdd } from '../src/rules/bias-before-add.js';
import { shareProducts } from '../src/passes/share-products.js';
import { race } from '@tfjs-optimize/benchmark';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as path from 'node:path';
(async () => {
  setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  const dev = DEV_MODELS.find((d) => d.name.includes('lstm'))!;
  const model = await loadModel(folderOf(dev)!);
  const { model: a } = rewrite(model, [...inferenceRules(), biasBeforeAdd()]);
  const { model: b, notes } = await shareProducts().run(a, {} as never);
  console.log(notes);
  console.log(model.graph.size, a.graph.size, b.graph.size);
  if (process.argv[2]) console.log(printGraph(b.graph));
  const g = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(b as never)));
  const stock = await tf.loadLayersModel(fileHandler(folderOf(dev)!));
  const x = dev.inputs(1);
  const r = await race(
    () => stock.predict(x) as tf.Tensor,
    () => g.execute(x) as tf.Tensor,
    { id: 'l', seed: 1, tolerance: 1e-3 },
  );
  console.log(r);
})();
