import { fail } from '../errors.js';
import type { DType } from '../weights.js';
import { isVarying, type Num } from './numbers.js';
import { bySize, callName, omit, orOmit, type CallSite } from './traced.js';

/** An attribute of a kernel call, its numbers merged over the traces. */
export type AttrValue =
  undefined | null | boolean | string | Num | readonly AttrValue[] | { readonly [key: string]: AttrValue };

/** Shape and type of a value, with sizes that may differ between traces. */
export interface OpenSpec {
  readonly shape: readonly Num[];
  readonly dtype: DType;
}

/** One kernel call as shape rules and conversions see it. */
export class CallView {
  constructor(
    private readonly site: CallSite,
    readonly inputs: readonly (readonly [key: string, spec: OpenSpec])[],
    private readonly attrs: Readonly<Record<string, AttrValue>>,
    /** Known once the call has run. */
    readonly outputs: readonly OpenSpec[] = [],
  ) {}

  get kernel(): string {
    return this.site.kernel;
  }

  /** Layer path, for names. */
  get scope(): string {
    return this.site.scope;
  }

  /** What a message calls this call. */
  get subject(): string {
    return callName(this.site);
  }

  /** Advice against what no graph can hold: another way if there is one, or to do without. */
  advice(otherWay?: string): string {
    return otherWay === undefined ? omit(this.site.traced) : orOmit(otherWay, this.site.traced);
  }

  has(input: string): boolean {
    return this.inputs.some(([key]) => key === input);
  }

  input(key: string): OpenSpec {
    const found = this.inputs.find(([name]) => name === key);
    if (found === undefined) {
      fail('internal', { subject: this.subject, expected: `an input '${key}'`, got: 'none' });
    }
    return found[1];
  }

  /** Shape of an input whose sizes are known, as they are while a call runs. */
  dims(key: string): number[] {
    return this.input(key).shape.map((size) => this.known(size, `size of ${key}`));
  }

  dtype(key: string): DType {
    return this.input(key).dtype;
  }

  output(index = 0): OpenSpec {
    const found = this.outputs[index];
    if (found === undefined) {
      fail('internal', { subject: this.subject, expected: `an output ${index}`, got: 'none' });
    }
    return found;
  }

  /** An attribute as it is; null counts as absent. */
  raw(name: string): Exclude<AttrValue, null> {
    return (Object.hasOwn(this.attrs, name) ? this.attrs[name] : undefined) ?? undefined;
  }

  /** A number that may depend on unknown sizes. */
  open(name: string): Num {
    const value = this.raw(name);
    if (typeof value === 'number' || isVarying(value)) return value;
    return this.wrong(name, 'a number');
  }

  /** Numbers that may depend on unknown sizes; one number counts as a list. */
  opens(name: string): Num[] {
    const value = this.raw(name);
    if (typeof value === 'number' || isVarying(value)) return [value];
    if (!Array.isArray(value)) return this.wrong(name, 'numbers');
    return value.map((item: AttrValue) =>
      typeof item === 'number' || isVarying(item) ? item : this.wrong(name, 'numbers'),
    );
  }

  /** A number that may not depend on unknown sizes. */
  num(name: string): number {
    return this.known(this.open(name), name);
  }

  /** Numbers that may not depend on unknown sizes. */
  nums(name: string): number[] {
    return this.opens(name).map((value) => this.known(value, name));
  }

  /** A number, or the same for each of `count` axes: the way kernels give strides and windows. */
  each(name: string, count: number): number[] {
    const values = this.nums(name);
    return values.length === 1 ? Array.from({ length: count }, () => values[0] as number) : values;
  }

  str(name: string): string {
    const value = this.raw(name);
    return typeof value === 'string' ? value : this.wrong(name, 'a string');
  }

  /** A boolean; absent means false. */
  bool(name: string): boolean {
    return this.raw(name) === true;
  }

  /** Pairs of numbers, such as paddings. */
  pairs(name: string): [Num, Num][] {
    const value = this.raw(name);
    if (!Array.isArray(value)) return this.wrong(name, 'pairs of numbers');
    return value.map((pair: AttrValue) => {
      if (!Array.isArray(pair) || pair.length !== 2) return this.wrong(name, 'pairs of numbers');
      const [a, b] = pair as AttrValue[];
      if ((typeof a !== 'number' && !isVarying(a)) || (typeof b !== 'number' && !isVarying(b))) {
        return this.wrong(name, 'pairs of numbers');
      }
      return [a, b];
    });
  }

  /** Axes of a reduction, counted from the front; absent means all. */
  axes(name: string, rank: number): number[] {
    const value = this.raw(name);
    const axes = value === undefined ? Array.from({ length: rank }, (_, i) => i) : this.nums(name);
    return axes.map((axis) => (axis < 0 ? axis + rank : axis));
  }

  /** Refuses the call: no graph op does the same. */
  refuse(reason: string): never {
    return fail('trace/unsupported', {
      subject: this.subject,
      expected: 'a call that a graph can express',
      got: reason,
      advice: this.advice('Compute the same with other operations'),
    });
  }

  private known(value: Num, name: string): number {
    if (typeof value === 'number') return value;
    return fail('trace/shape', {
      subject: this.subject,
      expected: `'${name}' to be the same for every input size`,
      got: bySize(value.at.map(String), this.site.traced),
      advice: this.site.traced.fixing,
    });
  }

  /** Layers hand options to kernels as they got them, so a wrong one is not a bug of this project. */
  private wrong(name: string, expected: string): never {
    return fail('trace/unsupported', {
      subject: this.subject,
      expected: `attribute '${name}' to be ${expected}`,
      got: JSON.stringify(this.raw(name)) ?? 'nothing',
      advice: `Give it ${expected}`,
    });
  }
}
