import type { CallView, OpenSpec } from '../call-view.js';
import type { CallEmitter } from '../call-emitter.js';
import type { TensorSpec } from '../hollow.js';
import type { Emitted } from '../emitted.js';

/** A result of a conversion: a node's output of the recorded shape, or a value of another shape that holds the same elements. */
export type Result = string | Emitted;

/** How one TensorFlow.js kernel is run without values and written as graph nodes. */
export interface KernelRow {
  /** Shapes and types of the outputs from those of the inputs. */
  readonly shape: (call: CallView) => TensorSpec | readonly TensorSpec[];
  /**
   * Writes nodes which make TensorFlow.js' graph executor call the very same kernel, and returns
   * their values, one for each output.
   */
  readonly convert: (call: CallView, emit: CallEmitter) => Result | readonly Result[];
}

export type KernelRows = Readonly<Record<string, KernelRow>>;

/** The shape of the kernel's first input, with the same type. */
export const likeFirst = (call: CallView): TensorSpec => {
  const [, spec] = call.inputs[0] as readonly [string, OpenSpec];
  return { shape: spec.shape as number[], dtype: spec.dtype };
};
