import { traceFunction, toArtifacts } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { race } from '@tfjs-optimize/benchmark';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as path from 'node:path';
import { DEV_MODELS, folderOf } from './dev-models.js';
import { fileHandler } from '@tfjs-optimize/core';
(async () => {
  setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  const dev = DEV_MODELS.find((d) => d.name.includes('lstm'))!;
  const stock = await tf.loadLayersModel(fileHandler(folderOf(dev)!));
  stock.summary();
  const w = stock.getWeights();
  console.log(w.map((x) => x.shape.join('x')).join(' '));
  const [W1, U1, b1, W2, U2, b2, Wd, bd] = w as tf.Tensor2D[];
  const u = 128;
  const step = (z: tf.Tensor, c: tf.Tensor | undefined): [tf.Tensor, tf.Tensor] => {
    const [i, f, g, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const ig = tf.mul(tf.sigmoid(i), tf.tanh(g));
    const nc = c === undefined ? ig : tf.add(tf.mul(tf.sigmoid(f), c), ig);
    return [tf.mul(tf.sigmoid(o), tf.tanh(nc)), nc];
  };
  const hoisted = (zero: boolean) => (x: tf.Tensor) => {
    const units = U1!.shape[0];
    const all = tf.unstack(
      tf.transpose(
        tf.reshape(tf.add(tf.matMul(tf.reshape(x, [-1, 12]), W1!), b1 as never), [-1, 7, 4 * units]),
        [1, 0, 2],
      ),
    );
    let h: tf.Tensor | undefined;
    let c: tf.Tensor | undefined;
    for (const a of all) {
      const z = h === undefined ? a : tf.add(a, tf.matMul(h as tf.Tensor2D, U1!));
      [h, c] = step(z, c);
    }
    const a2 = tf.add(tf.matMul(h as tf.Tensor2D, W2!), b2 as never);
    const outs: tf.Tensor[] = [];
    h = undefined;
    c = undefined;
    for (let t = 0; t < 3; t++) {
      const z: tf.Tensor = h === undefined ? a2 : tf.add(a2, tf.matMul(h as tf.Tensor2D, U2!));
      [h, c] = step(z, c);
      outs.push(h as tf.Tensor);
    }
    const s = tf.stack(outs, 1);
    return tf.softmax(tf.reshape(tf.add(tf.matMul(tf.reshape(s, [-1, u]), Wd!), bd as never), [-1, 3, 12]));
  };
  const x = dev.inputs(1);
  const m = traceFunction(hoisted(true), x as never);
  const g = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(m as never)));
  console.log(m.graph.size);
  const r = await race(
    () => stock.predict(x) as tf.Tensor,
    () => g.execute(x) as tf.Tensor,
    { id: 'l', seed: 1, tolerance: 1e-3 },
  );
  console.log(r);
})();
