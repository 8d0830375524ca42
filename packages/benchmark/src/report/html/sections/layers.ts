import { layerTimes } from '../../../profile/layer-times.js';
import type { LayerCostRecord } from '../../../record/cost.js';
import type { ReportModel } from '../../../record/report.js';
import { bytes, count, exact, milliseconds, percent, plain } from '../../format.js';
import { breakable, html, type Html, type Piece } from '../html.js';
import { table, type Column } from '../table.js';
import { byModel, lead, type MakeSection } from '../view.js';

/** A layer with what was measured of it. */
interface LayerRow {
  readonly layer: LayerCostRecord;
  readonly ms?: number;
  readonly reached?: number;
  readonly bound?: 'arithmetic' | 'memory';
}

const AS_ONE =
  'Layers with nodes that run as one have no time of their own: “Where the time goes” tells that of all of them.';

/** What each layer holds and does; sorts and filters. */
export const layersSection: MakeSection = ({ models }) => {
  if (models.every(({ model }) => model.cost.layers.length === 0)) return undefined;
  const body = html`${lead(
    'A multiply-accumulate (MAC) counts as two operations. Intensity is operations for each byte that is moved: low values wait for memory, high ones for arithmetic.',
  )}
  ${models.some(({ model: { profile } }) => profile?.nodes.some(({ members }) => members !== undefined)) ? lead(AS_ONE) : ''}
  ${byModel(models, ({ model }) => layerTable(model))}`;
  return { id: 'layers', title: 'Layers', body };
};

function layerTable(model: ReportModel): Html | undefined {
  const rows = rowsOf(model);
  if (rows.length === 0) return undefined;
  return table({
    label: `Layers of ${model.name}`,
    columns: columnsOf(rows),
    rows,
    filter: { noun: 'layers' },
    tall: rows.length > 14,
  });
}

function rowsOf({ cost, profile, limits }: ReportModel): LayerRow[] {
  const times = profile && layerTimes(cost, profile);
  const reached = new Map(limits?.map((limit) => [limit.name, limit]));
  return cost.layers.map((layer) => {
    const limit = reached.get(layer.name);
    const ms = times?.get(layer.name) ?? limit?.ms;
    return {
      layer,
      ...(ms === undefined ? {} : { ms }),
      ...(limit === undefined ? {} : { reached: limit.reached, bound: limit.bound }),
    };
  });
}

const NONE = html`<span class="quiet" aria-label="none">–</span>`;

function columnsOf(rows: readonly LayerRow[]): Column<LayerRow>[] {
  const all: (Column<LayerRow> | undefined)[] = [
    {
      label: 'Layer',
      cell: ({ layer }) => html`${breakable(layer.name)}<span class="hint">${opsText(layer.ops)}</span>`,
      sort: ({ layer }) => layer.name,
    },
    rows.some(({ ms }) => ms !== undefined)
      ? measured('Time', rows, ({ ms }) => ms, milliseconds)
      : undefined,
    rows.some(({ reached }) => reached !== undefined) ? reachedColumn() : undefined,
    measured('Parameters', rows, ({ layer }) => layer.parameters, count),
    rows.some(({ layer }) => (layer.sparsity ?? 0) > 0)
      ? measured('Zeros', rows, ({ layer }) => layer.sparsity, percent, 1)
      : undefined,
    measured('Stored', rows, ({ layer }) => layer.weightBytes.stored, bytes),
    measured('MACs', rows, ({ layer }) => layer.macs, count),
    measured('Activations', rows, ({ layer }) => layer.activationBytes, bytes),
    measured(
      'Intensity',
      rows,
      ({ layer }) => layer.intensity,
      (value) => plain(Number(value.toPrecision(3))),
    ),
  ];
  return all.filter((column) => column !== undefined);
}

/** A column of a quantity, with bars that show its share of the largest. */
function measured(
  label: string,
  rows: readonly LayerRow[],
  of: (row: LayerRow) => number | undefined,
  words: (value: number) => string,
  most = Math.max(...rows.map((row) => of(row) ?? 0)),
): Column<LayerRow> {
  return {
    label,
    right: true,
    cell: (row): Piece => {
      const value = of(row);
      return value === undefined || value === 0 ? NONE : words(value);
    },
    sort: (row) => of(row) ?? -1,
    bar: (row) => (of(row) ?? 0) / (most || 1),
  };
}

function reachedColumn(): Column<LayerRow> {
  return {
    label: 'Of the limit',
    right: true,
    cell: ({ reached, bound }) =>
      reached === undefined ? NONE : html`${percent(reached, 0)}<span class="hint">${bound}</span>`,
    sort: ({ reached }) => reached ?? -1,
    bar: ({ reached }) => reached,
  };
}

/** Ops in order with repetitions counted: `Conv2D, Relu ×2`. */
function opsText(ops: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const op of ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, times]) => (times === 1 ? op : `${op} ×${exact(times)}`)).join(', ');
}
