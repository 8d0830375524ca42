import {
  fail,
  outputCount,
  splitValue,
  valueId,
  type Fact,
  type Json,
  type Model,
  type Note,
  type ValueId,
  type Violation,
} from '@tfjs-optimize/core';
import { checkRange, type Range } from '../numerics/qparams.js';
import { checkObserver, type Observer } from '../observers/observer.js';

/** The range of a value, with something above 0 between its ends once it is widened to contain 0. */
export interface ValueRange extends Range {
  /** The one number that was seen, where it was one alone. */
  readonly constant?: number;
}

/** Ranges of the values of a model, and how they were found. */
export interface Ranges {
  readonly observer: Observer;
  /** How many examples were seen. */
  readonly examples: number;
  readonly values: ReadonlyMap<ValueId, ValueRange>;
}

/**
 * The ranges that values of a model have over data. It holds as long as the values are there: passes that rewrite the graph
 * (fusion, cross-layer equalization) belong before calibration.
 */
export const rangesFact: Fact<Ranges> = {
  name: 'quantization/ranges',
  check: (model, { values }) => [...values.keys()].flatMap((value) => missing(model, value)),
  rename: (ranges, renames) => ({
    ...ranges,
    values: new Map([...ranges.values].map(([value, range]) => [renamed(value, renames), range])),
  }),
  toJson: ({ observer, examples, values }): Json => ({
    observer: { name: observer.name, options: observer.options },
    examples,
    values: Object.fromEntries(
      [...values].map(([value, { min, max, constant }]) => [
        value,
        constant === undefined ? [min, max] : [min, max, constant],
      ]),
    ),
  }),
  fromJson: rangesFromJson,
};

function missing({ graph }: Model, value: ValueId): Violation[] {
  const [name, index] = splitValue(value);
  const node = graph.get(name);
  if (node === undefined) return [{ subject: value, message: 'its range is known, and it is gone' }];
  if (index < (outputCount(node) ?? Infinity)) return [];
  return [{ subject: value, message: `its range is known, and node '${name}' no longer makes it` }];
}

function renamed(value: ValueId, renames: ReadonlyMap<string, string>): ValueId {
  const [name, index] = splitValue(value);
  return valueId(renames.get(name) ?? name, index);
}

function rangesFromJson(json: Json): Ranges {
  const { observer, examples, values } = (json ?? {}) as Partial<
    Record<'observer' | 'examples' | 'values', Json>
  >;
  if (typeof values !== 'object' || values === null || Array.isArray(values) || !Number.isInteger(examples)) {
    return refuse('an object of observer, examples and values', json);
  }
  const entries = Object.entries(values).map(([value, range]): [ValueId, ValueRange] => {
    const numbers: readonly unknown[] = Array.isArray(range) ? range : [];
    const [min, max, constant] = numbers;
    if (typeof min !== 'number' || typeof max !== 'number') return refuse(`[min, max] for '${value}'`, range);
    checkRange({ min, max }, `range of '${value}'`);
    return [value, { min, max, ...(typeof constant === 'number' && { constant }) }];
  });
  return { observer: checkObserver(observer), examples: examples as number, values: new Map(entries) };
}

function refuse(expected: string, got: Json | undefined): never {
  return fail('io/format', {
    subject: "saved fact 'quantization/ranges'",
    expected,
    got: JSON.stringify(got)?.slice(0, 80) ?? 'nothing',
  });
}

/** A range that has a scale: that of nothing but zeros becomes [0, 1], in which 0 has no error. */
export function usableRange({ min, max }: Range, constant: number | undefined): ValueRange {
  const usable = min === 0 && max === 0 ? { min: 0, max: 1 } : { min, max };
  return constant === undefined ? usable : { ...usable, constant };
}

/** What people should know of ranges: values that were one number throughout. */
export function notesOnRanges({ values, examples }: Ranges): Note[] {
  return [...values].flatMap(([value, { constant }]): Note[] =>
    constant === undefined
      ? []
      : [
          {
            level: 'warning',
            kind: 'saw',
            subject: value,
            message: `'${value}' is ${Number(constant.toPrecision(7))} throughout ${examples} examples: its range says little about other data`,
          },
        ],
  );
}
