// Another instance of the wasm backend beside the first, and a new one in its place.
import * as tf from '@tensorflow/tfjs';
import { simdInUse } from '@tfjs-optimize/wasm';
import { collectWarnings, CORRECTED, differences, ours, PLAIN } from './probe.mjs';

const warnings = collectWarnings();
const factory = tf.findBackendFactory('wasm');
const all = { ...PLAIN, ...CORRECTED };
const found = { first: await differences(all) };

tf.registerBackend('wasm2', factory);
tf.copyRegisteredKernels('wasm', 'wasm2');
found.second = await differences(all, 'wasm2');

// A tensor, and the weights that were packed of it, move from one to the other and back.
await tf.setBackend('wasm');
const weights = tf.tensor(
  Float32Array.from({ length: 144 }, (_, i) => Math.cos(i)),
  [12, 12],
);
const products = [];
for (const backend of ['wasm', 'wasm', 'wasm', 'wasm2', 'wasm2', 'wasm2', 'wasm', 'wasm', 'cpu']) {
  await tf.setBackend(backend);
  products.push(Array.from(tf.tidy(() => tf.matMul(weights, weights).dataSync())));
}
const right = products.at(-1);
const moved = Math.max(...products.map((each) => Math.max(...each.map((x, i) => Math.abs(x - right[i])))));
weights.dispose();

await tf.setBackend('cpu');
tf.removeBackend('wasm');
tf.registerBackend('wasm', factory);
found.again = await differences(all);
const inUse = simdInUse() !== undefined;
console.log(JSON.stringify({ found, moved, inUse, warnings, ours: [ours(), ours('wasm2')] }));
