import type { Comparison } from './compare.js';
import { agrees, nanInBoth, type Finding, type ValueComparison } from './outputs.js';

/** One output of both models, judged. */
export interface Judged {
  readonly key: string;
  readonly comparison: ValueComparison;
  readonly finding: Finding;
}

/** What came out, by which measure, and what was no number: one sentence a line. */
export function verdict(outputs: readonly Judged[], tolerance: number): string[] {
  const measure = `${tolerance} of its largest value (of 1, where that is smaller)`;
  const agree = outputs.every(({ finding }) => agrees(finding));
  return [...(agree ? agreement(outputs, measure) : differences(outputs, measure)), ...notNumbers(outputs)];
}

function agreement(outputs: readonly Judged[], measure: string): string[] {
  const where = outputs.some(({ comparison }) => nanInBoth(comparison) > 0) ? ' where they are numbers' : '';
  return outputs.every(({ finding }) => finding === 'equal')
    ? [`The outputs are equal${where}.`]
    : [`The outputs agree${where}: no difference is above ${measure}.`];
}

function differences(outputs: readonly Judged[], measure: string): string[] {
  const say = (wanted: Finding, [one, many]: readonly [string, string], rest: string): string[] => {
    const keys = outputs.filter(({ finding }) => finding === wanted).map(({ key }) => key);
    if (keys.length === 0) return [];
    if (outputs.length === 1) return [`The output ${one} ${rest}`];
    const verb = keys.length === 1 ? one : many;
    return [`${keys.length} of ${outputs.length} outputs (${keys.join(', ')}) ${verb} ${rest}`];
  };
  return [
    ...say('apart', ['differs', 'differ'], `by more than ${measure}.`),
    ...say('elsewhere', ['differs', 'differ'], 'in which values are NaN or infinite.'),
    ...say('nothing', ['has', 'have'], 'no number to compare: NaN equals nothing, not even NaN.'),
  ];
}

/** `y: 3 NaN of 10 values in both models, …` for every output with values that are no finite numbers. */
function notNumbers(outputs: readonly Judged[]): string[] {
  return outputs.flatMap(({ key, comparison }) => {
    const words = comparison.kind === 'numbers' ? notFinite(comparison) : undefined;
    return words === undefined ? [] : [`${key}: ${words}.`];
  });
}

/** How many values are NaN or infinite, and in which model; undefined where none is. */
export function notFinite({
  size,
  nan,
  infinite,
  incomparable,
  nanInBoth: both,
}: Comparison): string | undefined {
  if (nan.a + nan.b + infinite.a + infinite.b === 0) return undefined;
  const of = (side: 'a' | 'b'): string => {
    const counts = [
      ...(nan[side] === 0 ? [] : [`${nan[side]} NaN`]),
      ...(infinite[side] === 0 ? [] : [`${infinite[side]} infinite`]),
    ];
    return counts.length === 0 ? 'none' : counts.join(' and ');
  };
  const values = `of ${size} ${size === 1 ? 'value' : 'values'}`;
  return incomparable === both
    ? `${of('a')} ${values} in both models, at the same places`
    : `${values}, ${of('a')} in the first model, ${of('b')} in the second`;
}
