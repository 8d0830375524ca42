// Loads the package as an ES module, as CommonJS, once more, and from another place.
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { collectWarnings, CORRECTED, differences, ours, PLAIN } from './probe.mjs';

const require = createRequire(import.meta.url);
const warnings = collectWarnings();
const kernelOf = () => tf.getKernel('BatchMatMul', 'wasm').kernelFunc;

const first = await import('@tfjs-optimize/wasm');
const kernel = kernelOf();
const others = [
  require('@tfjs-optimize/wasm'),
  await import('@tfjs-optimize/wasm'),
  require('./copy/dist/cjs/index.js'),
  await import('./copy/dist/esm/index.js'),
];
const copies = new Set([first, ...others]).size;
const sameKernel = kernelOf() === kernel;
const result = await differences({ ...PLAIN, ...CORRECTED });
// What one copy sets holds for the kernels of all.
const agree = others.every((each) => {
  each.setDeterministic(true);
  const said = first.isDeterministic() && first.simdInUse() === 'plain';
  first.setDeterministic(false);
  return said && !each.isDeterministic();
});
console.log(JSON.stringify({ copies, sameKernel, agree, differences: result, warnings, ours: ours() }));
