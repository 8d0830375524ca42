import { nets } from '@tfjs-optimize/testing';
import { traceLayersModel, toArtifacts, printGraph } from '@tfjs-optimize/core';
import { inference } from '../src/index.js';
import { race } from '@tfjs-optimize/benchmark';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as path from 'node:path';
(async () => {
  setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  for (const [n, make] of Object.entries({ mob: nets.mobilenetV2, res: nets.resnet18 })) {
    const m = make({ seed: 1 });
    const traced = traceLayersModel(m);
    const t0 = performance.now();
    const { model: fused, notes } = await inference().run(traced, {
      seed: 1,
      inputs: { need: () => 0 as never, has: () => false },
      progress() {},
      note() {},
    });
    console.log(n, 'fuse', performance.now() - t0, traced.graph.size, fused.graph.size);
    const ops: Record<string, number> = {};
    for (const { op } of fused.graph) ops[op] = (ops[op] ?? 0) + 1;
    console.log(ops);
    const g = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(fused as never)));
    const x = nets.uniformTensor([1, 224, 224, 3], 1);
    console.log(
      await race(
        () => m.predict(x) as tf.Tensor,
        () => g.execute(x) as tf.Tensor,
        { id: n, seed: 1, tolerance: 1e-3 },
      ),
    );
  }
})();
