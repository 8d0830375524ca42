import type { EChartsOption } from 'echarts';
import type { LayerCostRecord } from '../../../record/cost.js';
import { bytes, percent } from '../../format.js';
import type { Room } from '../chart.js';
import { html, type Html } from '../html.js';
import { drawn, fitted, HIDDEN_AXIS, rect, text, textWidth, type Mark } from '../marks.js';
import { LIGHT } from '../palette.js';
import { table } from '../table.js';
import { card, lead, legend, type MakeSection, type Shown, type View } from '../view.js';

/** A part of a bar: a layer of its own colour, or all the small ones together. */
interface Part {
  readonly name: string;
  readonly color: string;
  readonly bytes: number;
}

interface Bar {
  readonly name: string;
  readonly total: number;
  readonly parts: readonly Part[];
}

/** The bytes of weights as they are stored, split by layer; the largest layers have colours of their own. */
export const sizeSection: MakeSection = ({ models, draw }) => {
  const colors = layerColors(models);
  const bars = models.map((shown) => barOf(shown, colors));
  if (bars.every(({ total }) => total === 0)) return undefined;
  const files = models.map(
    ({ name, model: { cost } }) =>
      `${name} ${bytes(cost.fileBytes)}${cost.files === 'saving' ? ' once saved' : ''}`,
  );
  const body = html`${lead(
    `Weights as they are stored. The ${colors.size} largest layers have colours of their own, the rest is taken together. All files of the model: ${files.join(', ')}.`,
  )}
  ${card([legend(legendItems(colors, bars)), sizeChart(bars, draw)])}`;
  return { id: 'size', title: 'Size by layer', body };
};

/** Colours of the layers that are largest in any of the models. */
function layerColors(models: readonly Shown[]): Map<string, string> {
  const most = new Map<string, number>();
  for (const { model } of models) {
    for (const { name, weightBytes } of model.cost.layers) {
      if (weightBytes.stored > 0) most.set(name, Math.max(most.get(name) ?? 0, weightBytes.stored));
    }
  }
  const largest = [...most].sort(([, a], [, b]) => b - a).slice(0, LIGHT.series.length);
  return new Map(largest.map(([name], i) => [name, `var(--series-${i + 1})`]));
}

const REST = 'var(--series-0)';

function barOf({ name, model: { cost } }: Shown, colors: ReadonlyMap<string, string>): Bar {
  const stored = new Map(cost.layers.map((layer: LayerCostRecord) => [layer.name, layer.weightBytes.stored]));
  const parts = [...colors].map(([layer, color]) => ({ name: layer, color, bytes: stored.get(layer) ?? 0 }));
  const total = cost.weightBytes.stored;
  const rest = Math.max(0, total - parts.reduce((sum, part) => sum + part.bytes, 0));
  return {
    name,
    total,
    parts: [...parts, { name: 'all others', color: REST, bytes: rest }].filter((part) => part.bytes > 0),
  };
}

function legendItems(
  colors: ReadonlyMap<string, string>,
  bars: readonly Bar[],
): { name: string; color: string }[] {
  const items = [...colors].map(([name, color]) => ({ name, color }));
  const rest = bars.some(({ parts }) => parts.some(({ color }) => color === REST));
  return rest ? [...items, { name: 'all others', color: REST }] : items;
}

const ROW = 66;
const BAR = 30;

function sizeChart(bars: readonly Bar[], draw: View['draw']): Html {
  return draw({
    label: `Weight bytes by layer. ${bars.map(describe).join(' ')}`,
    height: bars.length * ROW - 8,
    option: (room) => option(bars, room),
    numbers: numbers(bars),
  });
}

function describe({ name, total, parts }: Bar): string {
  const said = parts.map((part) => `${part.name} ${bytes(part.bytes)}`).join(', ');
  return `${name}: ${bytes(total)}, of which ${said}.`;
}

function option(bars: readonly Bar[], { width }: Room): EChartsOption {
  const most = Math.max(...bars.map(({ total }) => total));
  return {
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: HIDDEN_AXIS,
    yAxis: HIDDEN_AXIS,
    series: [drawn(() => bars.flatMap((bar, i) => barMarks(bar, i * ROW, width / most, width)))],
  };
}

function barMarks({ name, total, parts }: Bar, top: number, scale: number, width: number): Mark[] {
  const marks: Mark[] = [
    text(fitted(name, width - 90, 13), 0, top + 11, { bold: true, size: 13 }),
    text(bytes(total), width, top + 11, { size: 13, align: 'right' }),
  ];
  let x = 0;
  for (const part of parts) {
    const long = part.bytes * scale;
    const y = top + 24;
    // Two pixels apart, so that neighbours differ by more than colour.
    marks.push(rect(x, y, Math.max(0.5, long - 2), BAR, part.color, Math.min(3, long / 4)));
    if (textWidth(part.name) < long - 18) {
      marks.push(text(part.name, x + 8, y + BAR / 2 + 0.5, { fill: 'var(--on-series)' }));
    }
    x += long;
  }
  return marks;
}

function numbers(bars: readonly Bar[]): Html {
  const rows = bars.flatMap((bar) => bar.parts.map((part) => ({ bar, part })));
  return table({
    label: 'Weight bytes by layer',
    columns: [
      { label: 'Layer', cell: ({ part }) => part.name },
      { label: 'Model', cell: ({ bar }) => bar.name },
      { label: 'Stored', right: true, cell: ({ part }) => bytes(part.bytes) },
      { label: 'Share', right: true, cell: ({ bar, part }) => percent(part.bytes / bar.total) },
    ],
    rows,
  });
}
