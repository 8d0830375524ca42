import type { EChartsOption } from 'echarts';
import type { HistogramRecord, SparsityMapRecord } from '../../../record/cost.js';
import { exact, percent, plain } from '../../format.js';
import type { Room } from '../chart.js';
import { breakable, html, trusted, type Html, type Piece } from '../html.js';
import { drawn, HIDDEN_AXIS, path, area, valueAxis, type Mark } from '../marks.js';
import { LIGHT, shadeColor, shadeOf } from '../palette.js';
import { table } from '../table.js';
import { card, lead, legend, type MakeSection, type Shown, type View } from '../view.js';

/** A weight of a model with its histogram. */
interface Drawn extends Shown {
  readonly histogram: HistogramRecord;
}

/** How the values of weights lie; models are drawn over each other where they have a weight of one name. */
export const histogramSection: MakeSection = (view) => {
  const byName = new Map<string, Drawn[]>();
  for (const shown of view.models) {
    for (const histogram of shown.model.histograms ?? []) {
      if (histogram.counts.length === 0) continue;
      byName.set(histogram.name, [...(byName.get(histogram.name) ?? []), { ...shown, histogram }]);
    }
  }
  if (byName.size === 0) return undefined;
  const charts = [...byName].map(
    ([name, drawn]) =>
      html`<div>
        <h4>${breakable(name)}</h4>
        ${histogram(view, name, drawn)}
      </div>`,
  );
  const used = view.models.filter(({ model }) => (model.histograms ?? []).length > 0);
  const body = html`${lead('How often each value occurs; the height is a share of the most frequent. Zeros are counted apart, below each picture.')}
  ${card([legend(used), html`<div class="small-charts">${charts}</div>`])}`;
  return { id: 'histograms', title: 'Weight histograms', body };
};

function histogram({ draw }: View, name: string, all: readonly Drawn[]): Html {
  const low = Math.min(...all.map((each) => each.histogram.low));
  const high = Math.max(...all.map((each) => each.histogram.high));
  const notes = all.map(({ name: model, histogram: own }) => noteOf(own, all.length > 1 ? model : undefined));
  return draw({
    label: `Histogram of ${name}, from ${plain(low)} to ${plain(high)}. ${notes.join(' ')}`,
    height: 118,
    width: 240,
    option: (room) => histogramOption(all, low, high, room),
    caption: notes.join(' '),
    numbers: histogramTable(name, all),
  });
}

function noteOf({ shape, counts, zeros, notFinite }: HistogramRecord, model: string | undefined): string {
  const size = shape.reduce((product, n) => product * n, 1) || counts.reduce((sum, n) => sum + n, 0);
  const strange = notFinite === 0 ? '' : `, ${exact(notFinite)} not finite`;
  const of = model === undefined ? `[${shape.join(', ')}]` : model;
  return `${of}: ${percent(size === 0 ? 0 : zeros / size)} zeros${strange}.`;
}

function histogramOption(all: readonly Drawn[], low: number, high: number, { height }: Room): EChartsOption {
  const top = 6;
  const base = height - 24;
  const marks = (x: (value: number) => number): Mark[] =>
    all.flatMap(({ histogram: own, color }): Mark[] => {
      const most = Math.max(1, ...own.counts);
      const step = (own.high - own.low) / own.counts.length;
      const points = own.counts.flatMap((n, i): [number, number][] => {
        const y = base - ((base - top) * n) / most;
        return [
          [x(own.low + i * step), y],
          [x(own.low + (i + 1) * step), y],
        ];
      });
      const ends: [number, number][] = [[x(own.low), base], ...points, [x(own.high), base]];
      return [area(ends, color, 0.2), path(ends, color, 1.4)];
    });
  return {
    grid: { left: 8, right: 8, top, bottom: 24 },
    xAxis: valueAxis({
      min: low,
      max: high > low ? high : low + 1,
      splitNumber: 3,
      axisLabel: {
        color: 'var(--quiet)',
        fontSize: 11,
        hideOverlap: true,
        formatter: plain,
        showMinLabel: false,
        showMaxLabel: false,
      },
    }),
    yAxis: HIDDEN_AXIS,
    series: [drawn(marks)],
  };
}

function histogramTable(name: string, all: readonly Drawn[]): Html {
  const rows = all.flatMap(({ name: model, histogram: { low, high, counts } }) =>
    counts.map((n, i) => {
      const step = (high - low) / counts.length;
      return { model, from: low + i * step, to: low + (i + 1) * step, n };
    }),
  );
  return table({
    label: `Histogram of ${name}`,
    columns: [
      { label: 'From', cell: ({ from }) => plain(from) },
      { label: 'To', right: true, cell: ({ to }) => plain(to) },
      { label: 'Model', cell: ({ model }) => model },
      { label: 'Values', right: true, cell: ({ n }) => exact(n) },
    ],
    rows,
  });
}

/** Where zeros are in the weights of chosen layers. */
export const sparsitySection: MakeSection = ({ models }) => {
  const maps = models.flatMap((shown) =>
    (shown.model.sparsity ?? []).filter(isWhole).map((map) => ({ ...shown, map })),
  );
  if (maps.length === 0) return undefined;
  const pictures = maps.map(
    ({ name, map }) =>
      html`<div>
        <h4>${breakable(map.name)}</h4>
        ${mapFigure(map, models.length > 1 ? name : undefined)}
      </div>`,
  );
  const body = html`${lead('Each square is a block of the weight as a matrix, a row for each output and a column for each value that goes into it. The stronger its colour, the more of a block is zero.')}
  ${card([html`<div class="small-charts">${pictures}</div>`, shadeScale('no zeros', 'all zeros')])}`;
  return { id: 'sparsity', title: 'Sparsity map', body };
};

const isWhole = ({ rows, columns, zeros }: SparsityMapRecord): boolean =>
  rows > 0 && columns > 0 && zeros.length === rows * columns;

/** One path for each shade: a picture of thousands of blocks stays small, and follows the theme. */
function mapFigure(
  { name, shape, rows, columns, zeros }: SparsityMapRecord,
  model: string | undefined,
): Html {
  const mean = zeros.reduce((sum, share) => sum + share, 0) / zeros.length;
  const note = `${model === undefined ? '' : `${model}, `}[${shape.join(', ')}]: ${percent(mean)} zeros.`;
  const paths = new Map<number, string>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const step = shadeOf(zeros[row * columns + column] ?? 0);
      let end = column + 1;
      while (end < columns && shadeOf(zeros[row * columns + end] ?? 0) === step) end++;
      paths.set(step, `${paths.get(step) ?? ''}M${column} ${row}h${end - column}v1h${column - end}z`);
      column = end;
    }
  }
  const drawing = [...paths].map(([step, d]) => `<path d="${d}" fill="${shadeColor(step)}"/>`).join('');
  const svg = trusted(
    `<svg aria-hidden="true" class="map" viewBox="0 0 ${columns} ${rows}" preserveAspectRatio="none" style="aspect-ratio:${aspect(rows, columns)}">${drawing}</svg>`,
  );
  return html`<figure>
    <div role="img" aria-label="Zeros in ${name}. ${note}">${svg}</div>
    <figcaption>${note}</figcaption>
    <details class="numbers">
      <summary>Numbers</summary>
      ${mapTable(name, { rows, columns, zeros })}
    </details>
  </figure>`;
}

/** Width by height, kept from becoming a thread. */
function aspect(rows: number, columns: number): string {
  return Math.min(4, Math.max(1, columns / rows)).toFixed(3);
}

/** Shares of zeros by row of blocks: what is pruned by row shows, and a table of every block helps nobody. */
function mapTable(
  name: string,
  { rows, columns, zeros }: Pick<SparsityMapRecord, 'rows' | 'columns' | 'zeros'>,
): Html {
  const list = Array.from({ length: rows }, (_, row) => ({
    row,
    shares: zeros.slice(row * columns, (row + 1) * columns),
  }));
  return table({
    label: `Zeros in ${name} by row of blocks`,
    columns: [
      { label: 'Row', cell: ({ row }) => row + 1 },
      { label: 'Least', right: true, cell: ({ shares }) => percent(Math.min(...shares)) },
      {
        label: 'Mean',
        right: true,
        cell: ({ shares }) => percent(shares.reduce((sum, share) => sum + share, 0) / columns),
      },
      { label: 'Most', right: true, cell: ({ shares }) => percent(Math.max(...shares)) },
    ],
    rows: list,
  });
}

/** The shades with what their ends mean. */
function shadeScale(least: string, most: string): Piece {
  const steps = LIGHT.heat.map((_, i) => `var(--heat-${i})`).join(',');
  const bar = trusted(`<i class="shades" style="background:linear-gradient(90deg in oklab,${steps})"></i>`);
  return html`<div class="scale" aria-hidden="true">${least} ${bar} ${most}</div>`;
}

/** The steps of heat with what their ends mean. */
export function heatScale(least: string, most: string): Piece {
  const steps = trusted(
    Array.from({ length: 6 }, (_, i) => `<i style="background:var(--heat-${i})"></i>`).join(''),
  );
  return html`<div class="scale" aria-hidden="true">
    ${least} <span class="steps">${steps}</span> ${most}
  </div>`;
}
