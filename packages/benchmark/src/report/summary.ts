import { changeText } from '@tfjs-optimize/core';
import type { Comparison, Distribution, Measurement, Verdict } from '../record/measurement.js';
import { isSupported } from '../stats/index.js';
import type { QualityRecord } from '../record/profile.js';
import type { ReportModel, ReportRecord } from '../record/report.js';
import {
  bytes,
  count,
  exact,
  isShare,
  milliseconds,
  plain,
  score,
  scoreChange,
  span,
  times,
  unbroken,
} from './format.js';

/** Whether a change is for the better; `same` also where no difference can be told. */
export type Tone = 'better' | 'worse' | 'same';

/** What one model has of one measure. */
export interface SummaryCell {
  readonly text: string;
  /** How it differs from the first model, in words; absent for the first model itself. */
  readonly change?: string;
  /** The 95 % interval of the change, where one is known. */
  readonly interval?: string;
  readonly tone?: Tone;
}

/** One measure of all models; a model that does not have it has an undefined cell. */
export interface SummaryRow {
  readonly label: string;
  /** What the measure means, for those who do not know its name. */
  readonly hint?: string;
  /** Whether it is of the most weight, to be shown first. */
  readonly tile?: boolean;
  readonly cells: readonly (SummaryCell | undefined)[];
}

/** The measurement of a model: its own, or that of the comparison. */
export function measurementOf(record: ReportRecord, model: ReportModel): Measurement | undefined {
  return model.measurement ?? record.comparison?.measurements.find(({ name }) => name === model.name);
}

/** How a model stands against the first by the comparison. */
export function againstOf(
  record: ReportRecord,
  model: ReportModel,
): Comparison['against'][number] | undefined {
  return record.comparison?.against.find(({ name }) => name === model.name);
}

/** The verdict as a tone. */
export function toneOf(verdict: Verdict): Tone {
  return verdict === 'faster' ? 'better' : verdict === 'slower' ? 'worse' : 'same';
}

/** All measures that a report has, those of most weight first. */
export function summaryRows(record: ReportRecord): SummaryRow[] {
  return [
    latencyRow(record),
    ...scoreRows(record),
    ...SIZES.map((size) => sizeRow(record, size)),
    ...TIMES.map((time) => timeRow(record, time)),
    differenceRow(record),
  ].filter(({ cells }) => cells.some((cell) => cell !== undefined));
}

function latencyRow(record: ReportRecord): SummaryRow {
  const medians = record.models.map((model) => measurementOf(record, model)?.latency.p50);
  const cells = record.models.map((model, i): SummaryCell | undefined => {
    const [base, median] = [medians[0], medians[i]];
    if (median === undefined) return undefined;
    const text = milliseconds(median);
    const against = againstOf(record, model);
    if (i === 0 || base === undefined) return { text };
    if (against === undefined) return { text, change: `${times(base / median)} as fast, no interval` };
    return { text, ...speedText(against), tone: toneOf(against.verdict) };
  });
  return { label: 'Latency, median', hint: 'time of one call', tile: true, cells };
}

/** `2.31× faster` with the interval `2.20 to 2.44`, or that no difference can be told. */
export function speedText({ speedup, verdict }: Comparison['against'][number]): {
  readonly change: string;
  readonly interval: string;
} {
  const { value, low, high } = speedup;
  if (verdict === 'slower')
    return { change: `${times(1 / value)} slower`, interval: span(1 / high, 1 / low) };
  const change = verdict === 'faster' ? `${times(value)} faster` : 'no difference';
  return { change, interval: span(low, high) };
}

function scoreRows(record: ReportRecord): SummaryRow[] {
  const names = new Set(
    record.models.flatMap(({ quality }) => quality?.scores.map(({ name }) => name) ?? []),
  );
  return [...names].map((name, place) => {
    const found = record.models.map(({ quality }) => quality?.scores.find((each) => each.name === name));
    const [base] = found;
    const cells = found.map((own, i): SummaryCell | undefined => {
      if (own === undefined) return undefined;
      const text = score(name, own.value);
      if (i === 0 || base === undefined) return { text };
      const change = scoreChange(name, base.value, own.value);
      const tone = scoreTone(name, base, own, record.models[i]?.quality?.examples ?? 0);
      return { text, change, tone };
    });
    const examples = record.models[0]?.quality?.examples;
    return {
      label: capital(name),
      ...(examples === undefined ? {} : { hint: `on ${exact(examples)} examples` }),
      tile: place === 0,
      cells,
    };
  });
}

/** Below this share a change of a score that is no share of examples is not coloured. */
const SAME_SCORE = 0.005;

/**
 * Whether a score changed for the better. Shares of examples count as changed beyond the 95 % interval
 * of a difference of two shares that were found on so many examples each (normal approximation).
 */
function scoreTone(name: string, before: Score, after: Score, examples: number): Tone {
  const variance = (share: number): number => (share * (1 - share)) / Math.max(1, examples);
  const noise = isShare(name)
    ? 1.96 * Math.sqrt(variance(before.value) + variance(after.value))
    : SAME_SCORE * Math.abs(before.value);
  if (Math.abs(after.value - before.value) <= noise) return 'same';
  return toneOfChange(before.value, after.value, after.higherIsBetter);
}
type Score = QualityRecord['scores'][number];

interface Size {
  readonly label: string;
  readonly hint?: string;
  readonly tile?: boolean;
  readonly of: (model: ReportModel) => number | undefined;
  readonly text: (value: number) => string;
}

const SIZES: readonly Size[] = [
  {
    label: 'Size on disk',
    hint: 'model.json and weights',
    tile: true,
    of: ({ cost }) => cost.fileBytes,
    text: bytes,
  },
  { label: 'Size, gzip', hint: 'as a web server sends it', of: ({ cost }) => cost.gzipBytes, text: bytes },
  { label: 'Weights in memory', of: ({ cost }) => cost.weightBytes.memory, text: bytes },
  { label: 'Parameters', of: ({ cost }) => cost.parameters, text: count },
  { label: 'Parameters not zero', of: ({ cost }) => cost.nonZeroParameters, text: count },
  { label: 'Nodes', hint: 'of the graph', of: ({ cost }) => cost.nodeCount, text: exact },
  { label: 'Multiply-accumulates', hint: 'in one call', of: ({ cost }) => cost.macs, text: count },
  {
    label: 'FLOPs',
    hint: 'floating-point operations in one call',
    of: ({ cost }) => cost.flops,
    text: count,
  },
  {
    label: 'Peak activations',
    hint: 'most bytes alive at once',
    tile: true,
    of: ({ cost }) => cost.peakActivationBytes,
    text: bytes,
  },
  {
    label: 'Peak memory in a call',
    hint: 'held by TensorFlow.js above what it held before',
    of: ({ memory }) => memory?.peakBytes,
    text: bytes,
  },
];

function sizeRow(record: ReportRecord, { label, hint, tile = false, of, text }: Size): SummaryRow {
  const values = record.models.map(of);
  return { label, ...(hint === undefined ? {} : { hint }), tile, cells: cellsOf(values, text) };
}

interface Time {
  readonly label: string;
  readonly hint?: string;
  readonly of: (measurement: Measurement) => number | undefined;
}

const TIMES: readonly Time[] = [
  {
    label: 'Latency, 95th percentile',
    of: ({ latency }) => high('p95')(latency),
  },
  {
    label: 'First call',
    hint: 'uploads weights and compiles kernels; shorter for models that come after others',
    of: ({ firstCallMs }) => firstCallMs,
  },
];

function timeRow(record: ReportRecord, { label, hint, of }: Time): SummaryRow {
  const values = record.models.map((model) => {
    const measurement = measurementOf(record, model);
    return measurement && of(measurement);
  });
  // Without an interval nobody knows whether such times differ.
  const cells = values.map((value) => (value === undefined ? undefined : { text: milliseconds(value) }));
  return { label, ...(hint === undefined ? {} : { hint }), cells };
}

/** Below this share a change of a size is not coloured and not worth a headline. */
export const SAME_SIZE = 0.005;

/** Cells of a measure of which less is better. */
function cellsOf(
  values: readonly (number | undefined)[],
  text: (value: number) => string,
): (SummaryCell | undefined)[] {
  const [base] = values;
  return values.map((value, i) => {
    if (value === undefined) return undefined;
    if (i === 0 || base === undefined) return { text: text(value) };
    const change = base === value ? 'the same' : minus(unbroken(changeText(base, value)));
    const tone = Math.abs(value - base) < SAME_SIZE * base ? 'same' : toneOfChange(base, value, false);
    return { text: text(value), change, tone };
  });
}

function differenceRow(record: ReportRecord): SummaryRow {
  const cells = record.models.map((model): SummaryCell | undefined => {
    const { difference, shapes } = againstOf(record, model) ?? {};
    if (difference === undefined) return shapes && { text: 'other shapes' };
    const bad = difference.incomparable > 0 ? `, ${exact(difference.incomparable)} incomparable` : '';
    return { text: difference.relative === 0 ? `none${bad}` : `${plain(difference.relative)}${bad}` };
  });
  return { label: 'Outputs differ by', hint: 'at most, as a share of the largest output', cells };
}

function toneOfChange(before: number, after: number, higherIsBetter: boolean): Tone {
  if (before === after) return 'same';
  return after > before === higherIsBetter ? 'better' : 'worse';
}

/** A true minus sign in front of a number, which a hyphen only resembles. */
const minus = (text: string): string => text.replace(/^-/, '−');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The statistics of latencies that tables show, in milliseconds; a dash for what so few samples cannot tell. */
export const STATISTICS: readonly Statistic[] = [
  ['minimum', ({ min }) => min],
  ['median (p50)', ({ p50 }) => p50],
  ['p75', ({ p75 }) => p75],
  ['p90', high('p90')],
  ['p95', high('p95')],
  ['p99', high('p99')],
  ['maximum', ({ max }) => max],
  ['mean', ({ mean }) => mean],
  ['standard deviation', ({ sd }) => sd],
  ['median absolute deviation', ({ mad }) => mad],
];
type Statistic = readonly [label: string, of: (latency: Distribution) => number | undefined];

function high(percentile: 'p90' | 'p95' | 'p99'): Statistic[1] {
  return (latency) => (isSupported(latency, percentile) ? latency[percentile] : undefined);
}

export function statisticText(value: number | undefined): string {
  return value === undefined ? '–' : milliseconds(value);
}
