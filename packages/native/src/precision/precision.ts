import type { HalfFormat } from '@tfjs-optimize/core';

/**
 * What a written model stores weights and computes in.
 * - `float32`: both in float32
 * - `float16-storage`, `bfloat16-storage`: weights take 16 bits each and are cast to float32, which all is computed in
 * - `float16`, `bfloat16`: products and convolutions, and what lies between them, are computed in 16 bits, too
 */
export type Precision = 'float32' | 'float16-storage' | 'bfloat16-storage' | 'float16' | 'bfloat16';

/** All of them. */
export const PRECISIONS: readonly Precision[] = [
  'float32',
  'float16-storage',
  'bfloat16-storage',
  'float16',
  'bfloat16',
];

/** What 16 bits are used for. */
export interface Halves {
  readonly format: HalfFormat;
  /** TensorFlow's name of the format. */
  readonly type: 'half' | 'bfloat16';
  /** Whether they are computed with, not only stored. */
  readonly areComputed: boolean;
}

/** What a precision uses 16 bits for; undefined for float32. */
export function halvesOf(precision: Precision): Halves | undefined {
  if (precision === 'float32') return undefined;
  const format = precision.startsWith('float16') ? 'float16' : 'bfloat16';
  return { format, type: typeOf(format), areComputed: precision === format };
}

/** TensorFlow's name of a format. */
export function typeOf(format: HalfFormat): Halves['type'] {
  return format === 'float16' ? 'half' : 'bfloat16';
}
