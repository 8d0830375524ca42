import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../engine/engine.js';
import type { Reference } from '../reference/values.js';

/** A kernel of this package. */
export interface FastKernel {
  /** Name under which TensorFlow.js calls it. */
  readonly name: string;
  /** Computes the output, or gives nothing where the backend's own kernel is to do it. */
  run(engine: Engine, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): TensorInfo | TensorInfo[] | undefined;
  /**
   * Whether the backend's own kernel computes it right, and on all threads where the backend has several: ours run on
   * one. Without, it does not.
   */
  readonly isThreaded?: (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => boolean;
  /** Whether the backend's own kernel computes it right, and faster than ours. Without, it does not. */
  readonly isStockFaster?: (inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => boolean;
  /** The same by definition. */
  readonly reference: Reference;
}
