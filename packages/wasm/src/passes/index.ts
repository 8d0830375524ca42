import { rewrite, type Pass, type PassFactories } from '@tfjs-optimize/core';
import '../index.js';
import { scaleLayerNorm, shiftLayerNorm } from './affine-layer-norm.js';
import { fuseGelu } from './gelu.js';
import { fuseLayerNorm } from './layer-norm.js';
import { shapesBefore } from './shapes.js';
import { mendLayerNorm } from './trained-layer-norm.js';

/**
 * Layer normalizations and GELUs become one op each, `TfjsOptimizeLayerNorm` and `TfjsOptimizeGelu`. Stock TensorFlow.js
 * has no such ops: **whoever loads the saved graph must import `@tfjs-optimize/wasm` first**, which runs them as one
 * kernel on the wasm backend and as the ops that they were on every other. So this pass is part of no preset. It comes
 * after `inference` of `@tfjs-optimize/fusion`, which finds more in a graph whose ops it knows.
 */
export function fuseNorms(): Pass {
  return {
    name: 'wasm/fuse-norms',
    options: {},
    run: (model, { signal }) => {
      const shapeOf = shapesBefore(model);
      const rules = [fuseLayerNorm, mendLayerNorm, scaleLayerNorm, shiftLayerNorm, fuseGelu].map((rule) =>
        rule(shapeOf),
      );
      const { model: next, changed, notes } = rewrite(model, rules, signal === undefined ? {} : { signal });
      return Promise.resolve({ model: next, changed, notes });
    },
  };
}

/** The passes of this package for recipes: give it to `passesOf` or `optimize`. */
export const wasmPasses: PassFactories = { 'wasm/fuse-norms': () => fuseNorms() };
