import { stringifyRecipe } from '@tfjs-optimize/core';
import { machineText } from '../machine.js';
import { layerTimes } from '../profile/layer-times.js';
import type { ReportModel, ReportRecord } from '../record/report.js';
import { bytes, count, decibels, drop, exact, milliseconds, percent, plain, score } from './format.js';
import { headlineOf } from './headline.js';
import { parseReport } from './parse.js';
import { measurementOf, STATISTICS, statisticText, summaryRows, type SummaryCell } from './summary.js';

/**
 * A report as Markdown (GitHub's tables), for pull requests and logs. Names in it are text, not markup.
 * @throws `report/schema` for what is no report.
 */
export function reportMarkdown(report: ReportRecord): string {
  const record = parseReport(report);
  const { text, detail } = headlineOf(record);
  const parts = [
    `# ${escaped(record.title)}`,
    `**${escaped(text)}**${detail === '' ? '' : ` ${escaped(detail)}`}`,
    ...summary(record),
    ...latency(record),
    ...record.models.flatMap((model) => [...layers(model), ...slowest(model), ...batches(model)]),
    ...quality(record),
    ...record.models.flatMap((model) => [...sensitivity(model), ...sensitivityCurves(model)]),
    ...backends(record),
    ...recipe(record),
    ...notes(record),
    `Measured on ${escaped(machineText(record.machine))}. Made ${escaped(record.made)}.`,
    ...remarks(record),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Layers and notes beyond these are left to the HTML and JSON reports. */
const MOST_LAYERS = 20;
const MOST_NODES = 10;
const MOST_NOTES = 50;

function summary(record: ReportRecord): string[] {
  const { models } = record;
  const heads = ['', ...models.map(({ name }) => name), ...(models.length === 2 ? ['change'] : [])];
  const rows = summaryRows(record).map(({ label, cells }) => [
    label,
    ...cells.map((cell) => (cell === undefined ? '' : cellText(cell, models.length > 2))),
    ...(models.length === 2 ? [changeText(cells[1])] : []),
  ]);
  return ['## Summary', table(heads, rows)];
}

function cellText(cell: SummaryCell, withChange: boolean): string {
  return withChange && cell.change !== undefined ? `${cell.text} (${changeText(cell)})` : cell.text;
}

function changeText(cell: SummaryCell | undefined): string {
  if (cell?.change === undefined) return '';
  return cell.interval === undefined ? cell.change : `${cell.change}, ${cell.interval}`;
}

function latency(record: ReportRecord): string[] {
  const timed = record.models.flatMap((model) => {
    const measurement = measurementOf(record, model);
    return measurement === undefined ? [] : [{ name: model.name, measurement }];
  });
  if (timed.length === 0) return [];
  const rows = STATISTICS.map(([label, of]) => [
    label,
    ...timed.map(({ measurement }) => statisticText(of(measurement.latency))),
  ]);
  rows.push(['samples', ...timed.map(({ measurement }) => exact(measurement.latency.n))]);
  rows.push(['first call', ...timed.map(({ measurement }) => milliseconds(measurement.firstCallMs))]);
  return ['## Latency', table(['', ...timed.map(({ name }) => name)], rows)];
}

function layers({ name, cost, profile, limits }: ReportModel): string[] {
  if (cost.layers.length === 0) return [];
  const ms = profile && layerTimes(cost, profile);
  const reached = new Map(limits?.map((limit) => [limit.name, limit.reached]));
  const largest = [...cost.layers]
    .sort((a, b) => b.weightBytes.stored - a.weightBytes.stored)
    .slice(0, MOST_LAYERS);
  const rows = largest.map((layer) => [
    layer.name,
    count(layer.parameters),
    layer.sparsity === undefined ? '' : percent(layer.sparsity),
    bytes(layer.weightBytes.stored),
    count(layer.macs),
    given(ms?.get(layer.name), milliseconds),
    given(reached.get(layer.name), (share) => percent(share, 0)),
  ]);
  const title = `## Layers of ${escaped(name)}`;
  const which = `The ${largest.length} largest of ${cost.layers.length}:`;
  const heads = ['layer', 'parameters', 'zeros', 'stored', 'MACs', 'time', 'of the limit'];
  return [title, ...(largest.length < cost.layers.length ? [which] : []), table(heads, rows)];
}

function slowest({ name, profile }: ReportModel): string[] {
  if (profile === undefined || profile.nodes.length === 0) return [];
  const rows = profile.nodes
    .slice(0, MOST_NODES)
    .map(({ name: node, op, ms }) => [
      node,
      op,
      milliseconds(ms),
      given(profile.sumMs, (sum) => percent(sum === 0 ? 0 : ms / sum)),
    ]);
  return [`## Slowest nodes of ${escaped(name)}`, table(['node', 'op', 'time', 'share'], rows)];
}

function batches({ name, batches: sweep }: ReportModel): string[] {
  if (sweep === undefined || sweep.batches.length === 0) return [];
  const rows = sweep.batches.map(({ size, ms, throughput }) => [
    exact(size),
    milliseconds(ms),
    plain(Number(throughput.toPrecision(3))),
  ]);
  return [
    `## Batch sizes of ${escaped(name)}`,
    `Best throughput at ${exact(sweep.best)}; ${exact(sweep.smallestGood)} comes within 5 % of it.`,
    table(['batch', 'latency', 'examples a second'], rows),
  ];
}

function quality({ models }: ReportRecord): string[] {
  const judged = models.flatMap(({ name, quality: found }) => (found === undefined ? [] : [{ name, found }]));
  if (judged.length === 0) return [];
  const names = [...new Set(judged.flatMap(({ found }) => found.scores.map((each) => each.name)))];
  const rows = names.map((name) => [
    name,
    ...judged.map(({ found }) =>
      given(found.scores.find((each) => each.name === name)?.value, (value) => score(name, value)),
    ),
  ]);
  rows.push(['examples', ...judged.map(({ found }) => exact(found.examples))]);
  return ['## Quality', table(['', ...judged.map(({ name }) => name)], rows)];
}

function sensitivity({ name, sensitivity: found }: ReportModel): string[] {
  if (found === undefined) return [];
  const { layers: all, bits, examples } = found;
  const scored = all.some((each) => each.drop !== undefined);
  const rows = all
    .slice(0, MOST_LAYERS)
    .map((each) => [
      each.layer,
      each.op,
      decibels(each.sqnr),
      given(each.cosine, (cosine) => cosine.toFixed(5)),
      ...(scored ? [given(each.drop, drop)] : []),
    ]);
  const which = rows.length < all.length ? ` The ${rows.length} worst of ${exact(all.length)}:` : '';
  return [
    `## Sensitivity of layers of ${escaped(name)}`,
    `Each held in ${exact(bits)} bits alone, on ${exact(examples)} examples; less signal to noise is worse.${which}`,
    table(['layer', 'op', 'signal to noise', 'cosine', ...(scored ? ['drop'] : [])], rows),
  ];
}

function sensitivityCurves({ name, sensitivityCurves: found = [] }: ReportModel): string[] {
  return found.flatMap(({ kind, layers: all, examples, score: whole }) => {
    const ratios = [...new Set(all.flatMap(({ points }) => points.map(({ ratio }) => ratio)))];
    ratios.sort((a, b) => a - b);
    const isScored = all.some(({ points }) => points.some((point) => point.drop !== undefined));
    const rows = all.slice(0, MOST_LAYERS).map(({ layer, op, points }) => [
      layer,
      op,
      ...ratios.map((ratio) => {
        const point = points.find((each) => each.ratio === ratio);
        if (!isScored) return given(point?.snr, decibels);
        return point?.drop === null ? 'not a number' : given(point?.drop, drop);
      }),
    ]);
    const of = isScored
      ? `How far the score${given(whole, (value) => ` of ${plain(value)}`)} falls`
      : `Signal to noise of the outputs${given(examples, (n) => ` on ${exact(n)} examples`)}`;
    const which = rows.length < all.length ? ` The ${rows.length} worst of ${exact(all.length)}:` : '';
    return [
      `## Sensitivity of layers of ${escaped(name)} to pruning ${kind}`,
      `${of} where each layer alone loses that share.${which}`,
      table(['layer', 'op', ...ratios.map((ratio) => `${plain(100 * ratio)} %`)], rows),
    ];
  });
}

function backends({ backends: tried = [], backendTimes }: ReportRecord): string[] {
  if (tried.length === 0) return [];
  const median = (backend: string): string => {
    const found = backendTimes?.measurements.find(({ name }) => name === backend);
    return given(found, ({ latency: { p50 } }) => milliseconds(p50));
  };
  const rows = tried.map(({ name, gpu, outcome, reason }) => [
    name,
    gpu ? 'yes' : 'no',
    outcome,
    median(name),
    reason ?? '',
  ]);
  return ['## Backends', table(['backend', 'GPU', 'outcome', 'median', 'remark'], rows)];
}

function recipe({ recipe: found }: ReportRecord): string[] {
  if (found === undefined) return [];
  const text = stringifyRecipe(found).trimEnd();
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return ['## Recipe', `${fence}json\n${text}\n${fence}`];
}

function notes({ notes: found = [] }: ReportRecord): string[] {
  if (found.length === 0) return [];
  const rows = found
    .slice(0, MOST_NOTES)
    .map(({ pass, kind, level, subject, message }) => [
      pass ?? '',
      level === 'warning' ? `${kind}, warning` : kind,
      subject ?? '',
      message,
    ]);
  const rest = found.length - rows.length;
  return [
    '## Notes',
    table(['pass', 'kind', 'subject', 'note'], rows),
    ...(rest > 0 ? [`And ${exact(rest)} more.`] : []),
  ];
}

function remarks({ remarks: found = [] }: ReportRecord): string[] {
  return found.length === 0 ? [] : [found.map((remark) => `- ${escaped(remark)}`).join('\n')];
}

const given = <T>(value: T | undefined, text: (value: T) => string): string =>
  value === undefined ? '' : text(value);

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `| ${heads.map((_, i) => (i === 0 ? '---' : '---:')).join(' | ')} |`;
  return [line(heads), rule, ...rows.map(line)].join('\n');
}

/** Text that Markdown and HTML take as it is, on one line; it never stands at the beginning of one. */
export function escaped(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
