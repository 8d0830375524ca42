import { getAttr } from '@tfjs-optimize/core';
import { type Axis, type Labels, type Rewriter, type Rule, type Rules, type Site } from '../site.js';

/** What is taken along one axis of the input: positions from begin to (not including) end, or one of them. */
interface Range {
  /** Where its numbers stand in begin, end and strides; undefined where none do. */
  readonly item: number | undefined;
  readonly begin: number;
  readonly end: number;
  readonly single?: boolean;
}

const slice: Rule = (site) => {
  const [labels, shape] = [site.labels(0), site.shape(0)];
  const [begin, size] = [site.inputs[1]?.values, site.inputs[2]?.values];
  if (labels === undefined || shape === undefined)
    return site.refuse(`is sliced with an unknown rank at ${site.where}`);
  const ranges = labels.map((axis, at): Range | undefined => {
    const [from, count] = [begin?.[at], size?.[at]];
    if (axis === null || from === undefined || count === undefined) return undefined;
    return { item: at, begin: from, end: count < 0 ? axis.length : from + count };
  });
  return {
    outputs: [labels.map((axis, at) => taken(site, axis, ranges[at]))],
    rewrite: (cut) => {
      const news = labels.map((axis, at) => moved(cut, axis, ranges[at]));
      cut.places(
        1,
        news.map((range) => range?.begin),
      );
      // A size of -1 is the rest, still.
      cut.places(
        2,
        news.map((range, at) =>
          range === undefined || size?.[at] === -1 ? undefined : range.end - range.begin,
        ),
      );
    },
  };
};

function taken(site: Site, axis: Axis, range: Range | undefined): Axis {
  if (axis === null) return null;
  if (range !== undefined) return axis.slice(range.begin, range.end);
  site.lock(axis, `is sliced at computed places at ${site.where}`);
  return null;
}

/** The range among what is left. */
function moved(
  cut: Rewriter,
  axis: Axis,
  range: Range | undefined,
): { begin: number; end: number } | undefined {
  if (axis === null || range === undefined) return undefined;
  const begin = cut.count(axis.slice(0, range.begin), range.begin);
  const end = begin + cut.count(axis.slice(range.begin, range.end), range.end - range.begin);
  return { begin, end };
}

/** One entry of a strided slice: what it does to which axis of the input. */
type Entry =
  | { readonly kind: 'new' }
  | { readonly kind: 'axis'; readonly at: number; readonly range: Range | 'all' | undefined };

const stridedSlice: Rule = (site) => {
  const [labels, shape] = [site.labels(0), site.shape(0)];
  const entries = labels === undefined || shape === undefined ? undefined : entriesOf(site, labels);
  if (labels === undefined || entries === undefined)
    return site.refuse(`is sliced at computed places at ${site.where}`);
  const outputs = entries.flatMap((entry): Axis[] => {
    if (entry.kind === 'new') return [null];
    const axis = labels[entry.at] ?? null;
    if (entry.range === 'all') return [axis];
    if (entry.range?.single !== true) return [taken(site, axis, entry.range)];
    if (axis !== null)
      site.lock(axis.slice(entry.range.begin, entry.range.end), `becomes a value by itself at ${site.where}`);
    return [];
  });
  return { outputs: [outputs], rewrite: (cut) => rewriteStrided(cut, labels, entries) };
};

function rewriteStrided(cut: Rewriter, labels: Labels, entries: readonly Entry[]): void {
  const begins: (number | undefined)[] = [];
  const ends: (number | undefined)[] = [];
  for (const entry of entries) {
    if (entry.kind === 'new' || entry.range === 'all' || entry.range?.item === undefined) continue;
    const now = moved(cut, labels[entry.at] ?? null, entry.range);
    if (now === undefined) continue;
    begins[entry.range.item] = now.begin;
    ends[entry.range.item] = now.end;
  }
  cut.places(1, begins);
  cut.places(2, ends);
}

function entriesOf(site: Site, labels: Labels): Entry[] | undefined {
  const [begin, end, strides] = [1, 2, 3].map((input) => site.inputs[input]?.values);
  const count = begin?.length ?? end?.length ?? strides?.length;
  if (count === undefined) return undefined;
  const mask = (name: string, i: number): boolean =>
    (((getAttr(site.node, name, 'int') ?? 0) >> i) & 1) === 1;
  const news = Array.from({ length: count }, (_, i) => i).filter((i) => mask('new_axis_mask', i)).length;
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (mask('ellipsis_mask', i)) {
      for (const stop = at + labels.length - (count - 1 - news); at < stop; at++)
        entries.push({ kind: 'axis', at, range: 'all' });
    } else if (mask('new_axis_mask', i)) entries.push({ kind: 'new' });
    else {
      const range = rangeAt(labels[at] ?? null, i, {
        begin: mask('begin_mask', i) ? 'open' : begin?.[i],
        end: mask('end_mask', i) ? 'open' : end?.[i],
        stride: strides?.[i],
        single: mask('shrink_axis_mask', i),
      });
      entries.push({ kind: 'axis', at: at++, range });
    }
  }
  for (; at < labels.length; at++) entries.push({ kind: 'axis', at, range: 'all' });
  return entries;
}

interface Numbers {
  readonly begin: number | 'open' | undefined;
  readonly end: number | 'open' | undefined;
  readonly stride: number | undefined;
  readonly single: boolean;
}

/** The range that numbers tell; undefined where they do not, or take not every element. */
function rangeAt(axis: Axis, item: number, { begin, end, stride, single }: Numbers): Range | undefined {
  if (axis === null) return single ? { item, begin: 0, end: 1, single } : { item, begin: 0, end: 0 };
  const length = axis.length;
  const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + length : value, 0), length);
  if (single) {
    if (typeof begin !== 'number') return undefined;
    const at = begin < 0 ? begin + length : begin;
    return { item, begin: at, end: at + 1, single };
  }
  if (begin === undefined || end === undefined || stride !== 1) return undefined;
  const from = begin === 'open' ? 0 : clamp(begin);
  return { item, begin: from, end: Math.max(from, end === 'open' ? length : clamp(end)) };
}

export const slicingRules: Rules = { Slice: slice, StridedSlice: stridedSlice };
