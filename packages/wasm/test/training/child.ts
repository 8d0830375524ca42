// Prints which layers can be trained on the wasm backend, as JSON. With `ours` as its argument with our kernels.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { TRAINED_LAYERS, whyNot } from './layers.js';

async function main(): Promise<void> {
  // Not import(): Node would then look for the modules itself.
  if (process.argv[2] === 'ours') createRequire(__filename)('@tfjs-optimize/wasm');
  await tf.setBackend('wasm');
  const found = TRAINED_LAYERS.map((layer) => [layer.name, whyNot(layer) === undefined]);
  process.stdout.write(JSON.stringify(Object.fromEntries(found)));
}

void main();
