import type { Shape, ValueId } from './graph/node.js';
import type { DType } from './weights.js';

/** One named input or output of a model. */
export interface Port {
  /** The name users see: the key in `model.predict({key: tensor})`. */
  readonly key: string;
  /** Inputs: the Placeholder's name. Outputs: the value handed out. */
  readonly value: ValueId;
  readonly dtype: DType;
  /** Sizes with -1 for unknown ones; undefined where the file does not tell the rank. */
  readonly shape: Shape | undefined;
}

/** Inputs and outputs of a model, in the order in which arrays of tensors are given and returned. */
export interface Signature {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}
