import type { ReportModel, ReportRecord } from '../record/report.js';
import { bytes, listed, milliseconds, percent, score, times } from './format.js';
import { againstOf, measurementOf } from './summary.js';

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
    `${bytes(model.cost.savedBytes)} on disk`,
    best && `${best.name} ${score(best.name, best.value)}`,
  ];
  const detail =
    measurement &&
    `Median of ${measurement.latency.n} samples; 95 of 100 calls take at most ${milliseconds(measurement.latency.p95)}.`;
  return { text: sentence(parts), detail: detail ?? '' };
}

function pair(record: ReportRecord, before: ReportModel, after: ReportModel): Headline {
  return {
    text: sentence([speedClause(record, after), sizeClause(before, after)]),
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

/** Below this share a change of size is not worth a headline. */
const SAME_SIZE = 0.005;

function sizeClause(before: ReportModel, after: ReportModel): string | undefined {
  if (before.cost.savedBytes === 0) return undefined;
  const change = after.cost.savedBytes / before.cost.savedBytes - 1;
  if (Math.abs(change) < SAME_SIZE) return 'the same size';
  return `${percent(Math.abs(change), Math.abs(change) < 0.1 ? 1 : 0)} ${change < 0 ? 'smaller' : 'larger'}`;
}

function details(record: ReportRecord, before: ReportModel, after: ReportModel): string {
  const against = againstOf(record, after);
  const speedup = against?.speedup;
  const sentences = [
    `“${after.name}” held against “${before.name}”.`,
    speedup &&
      `The speed-up lies between ${speedup.low.toPrecision(3)} and ${speedup.high.toPrecision(3)} with 95 % confidence.`,
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
  const timed = record.models.map((model) => ({ model, ms: measurementOf(record, model)?.latency.p50 }));
  const fastest = least(
    timed.filter(({ ms }) => ms !== undefined),
    ({ ms }) => ms ?? 0,
  )?.model;
  const smallest = least(record.models, ({ cost }) => cost.savedBytes);
  const scored = record.models.flatMap(
    (model) => model.quality?.scores.slice(0, 1).map((top) => ({ model, top })) ?? [],
  );
  const best = least(scored, ({ top }) => (top.higherIsBetter ? -top.value : top.value));
  const claims = new Map<string, string[]>();
  const claim = (model: ReportModel | undefined, what: string): void => {
    if (model !== undefined) claims.set(model.name, [...(claims.get(model.name) ?? []), what]);
  };
  claim(fastest, 'the fastest');
  claim(smallest, 'the smallest');
  claim(best?.model, `the best by ${best?.top.name ?? ''}`);
  const parts = [...claims].map(([name, what], i) => `${name} ${i === 0 ? 'is ' : ''}${listed(what)}`);
  const detail = `${record.models.length} models, each held against ${first.name}.`;
  return { text: `${parts.join('; ')}.`, detail };
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
