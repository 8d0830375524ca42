import { registerTrainingOps } from '../training/ops.js';
import { registerFakeQuantOp } from './op.js';

/**
 * Lets TensorFlow.js run graphs with fake quantization: those of `insertFakeQuant` and of `quantizationAware`, which do so
 * themselves, and such as were saved and are loaded by another program. Calling it again does nothing.
 */
export function registerFakeQuant(): void {
  registerFakeQuantOp();
  registerTrainingOps();
}
