import type { Exports } from './binary.js';

/** Kernels of int8 values in one of two forms. */
export interface IntegerForm {
  readonly name: 'plain' | 'relaxed';
  readonly native: Exports;
  /** Numbers along K that one step of a product takes. */
  readonly lane: 2 | 4;
  /** Bytes of a number of the left operand as products read it. */
  readonly width: 2 | 1;
  /** The form whose left operand has 16 bits: this one or the other. */
  readonly wide: IntegerForm;
}

/** Ends of bytes and numbers next to them: as the left operand, as weights. */
const LEFT = [0, 1, 127, 128, 254, 255];
const WEIGHTS = [-128, -127, -1, 0, 1, 126, 127];

/**
 * The form that an engine is fast with: relaxed dot products where they take unsigned bytes and their sums are exact,
 * which is tried, since engines may do either otherwise. (On x86 without VNNI they saturate, on ARM all bytes are signed.)
 */
export function integerFormOf(plain: Exports, relaxed: Exports | undefined): IntegerForm {
  if (relaxed === undefined || !isExact(relaxed)) return plainForm(plain);
  return { name: 'relaxed', native: relaxed, lane: 4, width: 1, wide: plainForm(plain) };
}

function plainForm(native: Exports): IntegerForm {
  return {
    ...({ name: 'plain', native, lane: 2, width: 2 } as const),
    get wide() {
      return this;
    },
  };
}

function isExact({ dotOf }: Exports): boolean {
  return LEFT.every((x) => WEIGHTS.every((w) => dotOf(x, w) === 4 * x * w + 1));
}
