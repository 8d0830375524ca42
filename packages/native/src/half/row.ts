import type { Interval, OutputsDifference, Spread } from '@tfjs-optimize/core';

/** How a model in 16 bits compares with float32 in one place. */
export interface HalfRow {
  /** `session` for TensorFlow's, else the backend of TensorFlow.js. */
  readonly where: string;
  /** Whether a graphics processor computes there. */
  readonly gpu: boolean;
  /** Whether weights alone are of 16 bits, or what is computed, too. */
  readonly use: 'storage' | 'computation';
  /** Milliseconds a call, measured by turns. */
  readonly float32: Spread;
  readonly half: Spread;
  /** How many times as fast as float32, with its 95 % interval. */
  readonly speedup: Interval;
  /** How far outputs lie apart. */
  readonly difference: OutputsDifference;
  /** Rows of the first output that is a table, and how many have their largest number in the same column. */
  readonly agreement?: { readonly same: number; readonly of: number };
}

/** A place where nothing was measured. */
export interface HalfSkipped {
  readonly where: string;
  readonly reason: string;
}
