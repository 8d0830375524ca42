import type { Engine } from '../../src/engine/engine.js';
import type { IntegerExports } from '../../src/integer/integer-exports.js';
import { exportsOn, integerFormOf, type IntegerForm } from '../../src/integer/integer-form.js';

/** A form of the kernels, and the largest weights that it is exact for on this engine. */
export interface TriedForm {
  readonly title: string;
  readonly form: IntegerForm;
  readonly largest: number;
}

/**
 * Each form that an engine has. Where relaxed dot products are not exact for all weights they may saturate sums of two
 * products at 16 bits, which weights up to 63 keep below.
 */
export function formsOf(engine: Engine): TriedForm[] {
  const plain = integerFormOf(exportsOn(engine, 'plain') as IntegerExports, undefined);
  const first = { title: 'plain', form: plain, largest: 127 };
  const relaxed = exportsOn(engine, 'relaxed');
  if (relaxed === undefined) return [first];
  const fast = integerFormOf(plain.native, relaxed);
  if (fast.name === 'relaxed') return [first, { title: 'relaxed', form: fast, largest: 127 }];
  if (!takesBytes(relaxed)) return [first];
  const form: IntegerForm = { name: 'relaxed', native: relaxed, lane: 4, width: 1, wide: plain };
  return [first, { title: 'relaxed, small weights', form, largest: 63 }];
}

const takesBytes = ({ dotOf }: IntegerExports): boolean => dotOf(255, 63) === 4 * 255 * 63 + 1;
