import { fail } from '../errors.js';
import type { RuntimeOp } from '../format/ops.js';

/** What an op gives out lies between these. */
interface Ends {
  readonly clamp_min: number;
  readonly clamp_max: number;
}

/** Attributes of a node, checked, with defaults for what is missing. */
export class AttrReader {
  constructor(
    private readonly op: RuntimeOp,
    private readonly given: Readonly<Record<string, unknown>>,
  ) {}

  /** A float32 number above 0. */
  scale(name: string): number {
    const value = this.given[name];
    const scale = typeof value === 'number' ? Math.fround(value) : NaN;
    if (scale > 0 && scale < Infinity) return scale;
    return this.refuse(name, 'a number above 0', value);
  }

  /** A whole number from -128 to 127; 0 where nothing is said. */
  int8(name: string, otherwise = 0): number {
    const value = this.given[name] ?? otherwise;
    if (isWhole(value) && value >= -128 && value <= 127) return value;
    return this.refuse(name, 'a whole number from -128 to 127', value);
  }

  /** The ends of what an op of floats gives out: none where nothing is said. */
  bounds(): Ends {
    return this.ends([-Infinity, Infinity], (name, otherwise) => {
      const value = this.given[name] ?? otherwise;
      // NaN fails, too.
      return typeof value === 'number' && value <= Infinity ? value : this.refuse(name, 'a number', value);
    });
  }

  /** The ends of what an op of int8 values gives out. */
  clamps(): Ends {
    return this.ends([-128, 127], (name, otherwise) => this.int8(name, otherwise));
  }

  flag(name: string): boolean {
    const value = this.given[name] ?? false;
    return typeof value === 'boolean' ? value : this.refuse(name, 'true or false', value);
  }

  /** One of some words, in capitals or not: TensorFlow.js hands all over in small letters. */
  word<W extends string>(name: string, words: readonly W[], otherwise: W): W {
    const value = this.given[name] ?? otherwise;
    const word = words.find((known) => known.toLowerCase() === String(value).toLowerCase());
    return word ?? this.refuse(name, words.join(' or '), value);
  }

  /** Whole numbers of at least `least`, `length` of them where that is given. */
  ints(
    name: string,
    least: number,
    length: number | undefined,
    otherwise?: readonly number[],
  ): readonly number[] {
    const value = this.given[name] ?? otherwise;
    if (
      Array.isArray(value) &&
      value.every((one) => isWhole(one) && one >= least) &&
      (length ?? value.length) === value.length
    ) {
      return value as readonly number[];
    }
    return this.refuse(name, `${length ?? 'a list of'} whole numbers of at least ${least}`, value);
  }

  private ends(
    [least, most]: readonly [number, number],
    read: (name: string, otherwise: number) => number,
  ): Ends {
    const clamp_min = read('clamp_min', least);
    const clamp_max = read('clamp_max', most);
    if (clamp_min > clamp_max) this.refuse('clamp_min', `at most clamp_max (${clamp_max})`, clamp_min);
    return { clamp_min, clamp_max };
  }

  /** Ends the reading of a node whose attribute is not what it should be. */
  refuse(name: string, expected: string, value: unknown): never {
    return fail('runtime/attribute', {
      subject: `${this.op}: ${name}`,
      expected,
      got: value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value),
    });
  }
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}
