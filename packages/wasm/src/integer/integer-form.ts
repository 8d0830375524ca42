import * as BINARIES from '../generated/integer-binaries.js';
import { moduleOf, type Build } from '../engine/binary.js';
import type { Engine } from '../engine/engine.js';
import { isDeterministic } from '../engine/settings.js';
import { isShared } from '../engine/stock.js';
import type { IntegerExports } from './integer-exports.js';

/** Kernels of int8 values in one of two forms. */
export interface IntegerForm {
  readonly name: Build;
  readonly native: IntegerExports;
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
export function integerFormOf(plain: IntegerExports, relaxed: IntegerExports | undefined): IntegerForm {
  if (relaxed === undefined || !isExact(relaxed)) return plainForm(plain);
  return { name: 'relaxed', native: relaxed, lane: 4, width: 1, wide: plainForm(plain) };
}

function plainForm(native: IntegerExports): IntegerForm {
  return {
    ...({ name: 'plain', native, lane: 2, width: 2 } as const),
    get wide() {
      return this;
    },
  };
}

function isExact({ dotOf }: IntegerExports): boolean {
  return LEFT.every((x) => WEIGHTS.every((w) => dotOf(x, w) === 4 * x * w + 1));
}

/** Forms of an engine: what is right everywhere, and what is fast here. */
const forms = new WeakMap<Engine, Readonly<Record<'plain' | 'fast', IntegerForm>>>();

/**
 * The kernels of int8 values that run on an engine at the moment, or nothing where it may not compile them here. Results
 * are the same in either form.
 */
export function formOn(engine: Engine): IntegerForm | undefined {
  let both = forms.get(engine);
  if (both === undefined) {
    const plain = exportsOn(engine, 'plain');
    if (plain === undefined) return undefined;
    both = {
      plain: integerFormOf(plain, undefined),
      fast: integerFormOf(plain, exportsOn(engine, 'relaxed')),
    };
    forms.set(engine, both);
  }
  return isDeterministic() ? both.plain : both.fast;
}

/** Has a form run on an engine, whichever it would choose: for tests of the other one. @returns what undoes it. */
export function chooseForm(engine: Engine, form: IntegerForm): () => void {
  formOn(engine);
  const own = forms.get(engine);
  forms.set(engine, { plain: form, fast: form });
  return () => {
    if (own === undefined) forms.delete(engine);
    else forms.set(engine, own);
  };
}

/** The functions of `assembly/integer/` in a build over an engine's memory. */
export function exportsOn({ memory }: Engine, build: Build): IntegerExports | undefined {
  const module = moduleOf(build, isShared(memory), { plain: BINARIES.PLAIN, relaxed: BINARIES.RELAXED });
  return (
    module && (new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as IntegerExports)
  );
}
