import type { Spread } from '../measure/stats.js';
import { textTable } from '../text/table.js';
import { bytesText, changeText, countText, differenceText, millisecondsText } from '../text/units.js';
import type { Figures } from './figures.js';
import type { Report } from './report.js';

type Row = readonly [what: string, before: string, after: string, change: string];

/** A report as an aligned plain-text table, followed by the backend and why others were passed over. */
export function reportText(report: Report): string {
  const rows: Row[] = [['', 'before', 'after', 'change'], ...sizeRows(report), ...measuredRows(report)];
  return [
    textTable(rows, ['left', 'right', 'right', 'right']),
    ...opLines(report),
    ...incomparableLines(report),
    ...backendLines(report),
  ].join('\n');
}

function sizeRows({ before, after }: Report): Row[] {
  const row = (what: string, of: (figures: Figures) => number | undefined, text = countText): Row[] => {
    const [from, to] = [of(before), of(after)];
    return from === undefined || to === undefined ? [] : [[what, text(from), text(to), changeText(from, to)]];
  };
  return [
    ...row('size on disk', (figures) => figures.fileBytes, bytesText),
    ...row('weights, stored', (figures) => figures.weightBytes.stored, bytesText),
    ...row('weights, in memory', (figures) => figures.weightBytes.memory, bytesText),
    ...row('parameters', (figures) => figures.parameters),
    ...row('parameters not zero', (figures) => figures.nonZeroParameters),
    ...row('nodes', (figures) => figures.nodes),
    ...row('multiply-accumulates', (figures) => figures.work?.macs),
    ...row('FLOPs', (figures) => figures.work?.flops),
    ...row('peak activations', (figures) => figures.work?.peakActivationBytes, bytesText),
  ];
}

function measuredRows({ before, after, metricName, speedup, difference }: Report): Row[] {
  const rows: Row[] = [];
  if (before.metric !== undefined && after.metric !== undefined) {
    const change = after.metric - before.metric;
    const sign = change > 0 ? '+' : '';
    const text = change === 0 ? '0' : `${sign}${change.toPrecision(2)}`;
    rows.push([metricName ?? 'metric', scoreText(before.metric), scoreText(after.metric), text]);
  }
  if (before.latency !== undefined && after.latency !== undefined && speedup !== undefined) {
    const { value, low, high } = speedup;
    const text = `${value.toFixed(2)}x (${low.toFixed(2)}-${high.toFixed(2)})`;
    rows.push(['latency', spreadText(before.latency), spreadText(after.latency), text]);
  }
  if (difference !== undefined) {
    rows.push(['outputs differ by at most', '', differenceText(difference.max), '']);
    rows.push(['outputs differ on average by', '', differenceText(difference.mean), '']);
  }
  return rows;
}

function scoreText(score: number): string {
  return Number.isInteger(score) ? String(score) : score.toPrecision(4);
}

/** Median with the 10th and 90th percentile. */
function spreadText({ median, low, high }: Spread): string {
  const [from, to] = [low, high].map((ms) => millisecondsText(ms).replace(' ms', ''));
  return `${millisecondsText(median)} (${from}-${to})`;
}

/** Ops of which there are now more or fewer. */
function opLines({ before, after }: Report): string[] {
  const ops = [...new Set([...Object.keys(before.nodesByOp), ...Object.keys(after.nodesByOp)])];
  const changes = ops
    .map((op) => ({ op, from: countOf(before, op), to: countOf(after, op) }))
    .filter(({ from, to }) => from !== to)
    .map(({ op, from, to }) => `${op} ${from} -> ${to}`);
  return changes.length === 0 ? [] : [`ops: ${changes.join(', ')}`];
}

function countOf({ nodesByOp }: Figures, op: string): number {
  return (Object.hasOwn(nodesByOp, op) ? nodesByOp[op] : undefined) ?? 0;
}

function incomparableLines({ difference }: Report): string[] {
  if (difference === undefined || difference.incomparable === 0) return [];
  return [
    `warning: ${difference.incomparable} output elements are NaN or infinite in one of the models and were not compared`,
  ];
}

function backendLines({ backend }: Report): string[] {
  const passedOver = backend.attempts
    .filter(({ outcome }) => outcome !== 'used')
    .map(({ name, reason }) => `  not ${name}: ${reason}`);
  return [`backend: ${backend.name}, TensorFlow.js ${backend.tfjs}`, ...passedOver];
}
