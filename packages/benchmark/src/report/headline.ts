import type { ReportModel, ReportRecord } from '../record/report.js';
import { isSupported } from '../stats/index.js';
import { bytes, exact, listed, milliseconds, percent, score, times } from './format.js';
import { againstOf, measurementOf, SAME_SIZE, speedText } from './summary.js';

/** What a report says in one sentence, and what belongs to it in small print. */
export interface Headline {
  readonly text: string;
  readonly detail: string;
}

/** One model is described, two are held against each other, of many the best are named. */
export function headlineOf(record: ReportRecord): Headline {
  const [first, second] = record.models;
  if (first === undefined) return { text: record.title, detail: '' };
  if (second === undefined) return single(record, first);
  return record.models.length === 2 ? pair(record, first, second) : many(record, first);
}

function single(record: ReportRecord, model: ReportModel): Headline {
  const measurement = measurementOf(record, model);
  const [best] = model.quality?.scores ?? [];
  const parts = [
    measurement && `${milliseconds(measurement.latency.p50)} a call`,
    `${bytes(model.cost.fileBytes)} on disk`,
    best && `${best.name} ${score(best.name, best.value)}`,
  ];
  const detail =
    measurement &&
    [
      `Median of ${exact(measurement.latency.n)} samples`,
      ...(isSupported(measurement.latency, 'p95')
        ? [`95 of 100 calls take at most ${milliseconds(measurement.latency.p95)}`]
        : []),
    ].join('; ') + '.';
  return { text: sentence(parts), detail: detail ?? '' };
}

function pair(record: ReportRecord, before: ReportModel, after: ReportModel): Headline {
  return {
    text: sentence([speedClause(record, after), sizeClause(before, after), outputClause(record, after)]),
    detail: details(record, before, after),
  };
}

function speedClause(record: ReportRecord, after: ReportModel): string | undefined {
  const against = againstOf(record, after);
  if (against === undefined) return undefined;
  if (against.verdict === 'no difference') return 'no difference in speed';
  const { value } = against.speedup;
  return against.verdict === 'faster' ? `${times(value)} faster` : `${times(1 / value)} slower`;
}

function sizeClause(before: ReportModel, after: ReportModel): string | undefined {
  if (before.cost.fileBytes === 0) return undefined;
  const change = after.cost.fileBytes / before.cost.fileBytes - 1;
  if (Math.abs(change) < SAME_SIZE) return 'the same size';
  return `${percent(Math.abs(change), Math.abs(change) < 0.1 ? 1 : 0)} ${change < 0 ? 'smaller' : 'larger'}`;
}

/** From this share of the largest output on a difference is no rounding and belongs in the headline. */
const OTHER_OUTPUTS = 0.01;

function outputClause(record: ReportRecord, after: ReportModel): string | undefined {
  const { difference, shapes } = againstOf(record, after) ?? {};
  if (shapes !== undefined) return 'outputs of other shapes';
  if (difference === undefined) return undefined;
  if (difference.incomparable > 0) return 'outputs that cannot be compared, such as NaN';
  if (difference.relative < OTHER_OUTPUTS) return undefined;
  return `outputs that differ by up to ${percent(difference.relative, 0)} of the largest`;
}

function details(record: ReportRecord, before: ReportModel, after: ReportModel): string {
  const against = againstOf(record, after);
  const sentences = [
    `“${after.name}” held against “${before.name}”.`,
    against && `With 95 % confidence: ${speedText(against).interval}.`,
    ...(after.quality?.scores.slice(0, 1).map(({ name, value }) => {
      const was = before.quality?.scores.find((each) => each.name === name)?.value;
      if (was === value) return `${capital(name)} stays ${score(name, value)}.`;
      return was === undefined
        ? undefined
        : `${capital(name)} goes from ${score(name, was)} to ${score(name, value)}.`;
    }) ?? []),
  ];
  return sentences.filter((text) => text !== undefined).join(' ');
}

function many(record: ReportRecord, first: ReportModel): Headline {
  const smallest = record.models.filter(
    (model) => !record.models.some((other) => other.cost.fileBytes < (1 - SAME_SIZE) * model.cost.fileBytes),
  );
  const scored = record.models.flatMap(
    (model) => model.quality?.scores.slice(0, 1).map((top) => ({ model, top })) ?? [],
  );
  const best = least(scored, ({ top }) => (top.higherIsBetter ? -top.value : top.value));
  const claims = new Map<string, string[]>();
  const claim = (model: ReportModel | undefined, what: string): void => {
    if (model !== undefined) claims.set(model.name, [...(claims.get(model.name) ?? []), what]);
  };
  claim(fastestOf(record, first), 'the fastest');
  claim(smallest.length === 1 ? smallest[0] : undefined, 'the smallest');
  claim(best?.model, `the best by ${best?.top.name ?? ''}`);
  const parts = [...claims].map(([name, what], i) => `${name} ${i === 0 ? 'is ' : ''}${listed(what)}`);
  const text = parts.length === 0 ? 'None is clearly the fastest or the smallest.' : `${parts.join('; ')}.`;
  return { text, detail: `${record.models.length} models, each held against ${first.name}.` };
}

/** The model whose interval of speed-ups lies above those of all others; the first model's is 1. */
function fastestOf(record: ReportRecord, first: ReportModel): ReportModel | undefined {
  const speeds = record.models.map((model) => {
    const { low, high } = againstOf(record, model)?.speedup ?? { low: 1, high: 1 };
    return { model, low, high, known: model === first || againstOf(record, model) !== undefined };
  });
  if (speeds.some(({ known }) => !known)) return undefined;
  return speeds.find((each) => speeds.every((other) => other === each || other.high < each.low))?.model;
}

function least<T>(items: readonly T[], of: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (low, item) => (low === undefined || of(item) < of(low) ? item : low),
    undefined,
  );
}

/** Clauses as a sentence: `A, B and C.` */
function sentence(clauses: readonly (string | undefined)[]): string {
  return `${capital(listed(clauses.filter((clause) => clause !== undefined)))}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
