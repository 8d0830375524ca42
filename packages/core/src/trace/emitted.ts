import type { ValueId } from '../graph/node.js';
import type { DType } from '../weights.js';
import type { Num } from './numbers.js';

/** A value of the new graph with its shape. */
export interface Emitted {
  readonly value: ValueId;
  readonly shape: readonly Num[];
  readonly dtype: DType;
}
