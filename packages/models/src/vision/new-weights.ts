import { checkOptions, optionKinds, Random, Weight, type Shape } from '@tfjs-optimize/core';
import type { StateDict } from '../state-dict.js';
import type { VisionNet } from './net.js';

/**
 * Weights to begin training with, by seed: kernels are normal with the variance 2 / fan-in, so that networks of ReLU
 * keep their scale (He et al. 2015); of linear layers they are uniform between ±1/√fan-in, as PyTorch draws them; batch
 * norms do nothing. Each tensor has random numbers of its own, which do not change when others do.
 */
export function newWeights({ tensors }: VisionNet, options: { readonly seed?: number } = {}): StateDict {
  checkOptions<{ seed?: number }>(options, {
    seed: optionKinds.number('a whole number', Number.isSafeInteger),
  });
  const random = Random.of(options.seed ?? 0);
  const isNorm = (name: string): boolean => tensors.has(name.replace(/[^.]*$/, 'running_var'));
  const linear = (name: string): Shape | undefined => tensors.get(name.replace(/[^.]*$/, 'weight'));
  const state = new Map<string, Weight>();
  for (const [name, shape] of tensors) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const draw = random.fork(name);
    if (isNorm(name)) values.fill(/(weight|running_var)$/.test(name) ? 1 : 0);
    else if (shape.length === 4) fill(values, () => draw.normal(0, Math.sqrt(2 / fanIn(shape))));
    else {
      const most = 1 / Math.sqrt(fanIn(linear(name) ?? shape));
      fill(values, () => draw.uniform(-most, most));
    }
    state.set(name, Weight.of(values, shape));
  }
  return state;
}

/** Inputs that one output is computed from. */
function fanIn(shape: Shape): number {
  return shape.slice(1).reduce((a, b) => a * b, 1);
}

function fill(values: Float32Array, draw: () => number): void {
  for (let i = 0; i < values.length; i++) values[i] = draw();
}
