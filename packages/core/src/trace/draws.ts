import { patchMethod } from './patch.js';

/**
 * Calls back before every random number is drawn, until the function returned is called. Whatever
 * TensorFlow.js makes without a seed starts from `Math.random`; generators with a seed do not use it.
 */
export function watchDraws(onDraw: () => void): () => void {
  const { random } = Math;
  return patchMethod(Math, 'random', () => {
    onDraw();
    return random();
  });
}
