import { DEV_MODELS, folderOf } from './dev-models.js';
import { loadModel, printGraph } from '@tfjs-optimize/core';
import { inference } from '../src/index.js';
import * as tf from '@tensorflow/tfjs';
(async () => {
  await tf.setBackend('cpu');
  const dev = DEV_MODELS.find((d) => d.name.includes(process.argv[2]!))!;
  const model = await loadModel(folderOf(dev)!);
  const { model: fused, notes } = await inference().run(model, {
    seed: 1,
    inputs: { need: () => 0 as never, has: () => false },
    progress() {},
    note() {},
  });
  console.log(printGraph(fused.graph));
  for (const n of notes) if (n.kind !== 'did') console.log(n);
})();
