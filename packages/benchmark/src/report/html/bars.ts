import type { EChartsOption } from 'echarts';
import type { Room } from './chart.js';
import { drawn, fitted, line, rect, text, textWidth, type Mark } from './marks.js';

/** A row of bars with a name. */
export interface BarRow {
  readonly name: string;
  readonly bars: readonly { readonly value: number; readonly text: string; readonly color: string }[];
}

const BAR = 14;
const GAP = 4;
const BETWEEN = 12;
const NAME = 20;

/** Height of {@link barRows}. */
export function barRowsHeight(rows: readonly BarRow[], narrow: boolean): number {
  return rows.reduce((sum, row) => sum + rowHeight(row, narrow), 0);
}

function rowHeight({ bars }: BarRow, narrow: boolean): number {
  return bars.length * (BAR + GAP) - GAP + BETWEEN + (narrow ? NAME : 0);
}

/** Horizontal bars from 0, values behind them; names stand before the rows, on phones above them. */
export function barRows(rows: readonly BarRow[], { width, narrow }: Room): EChartsOption {
  const bars = rows.flatMap((row) => row.bars);
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const names = Math.min(0.34 * width, Math.max(...rows.map(({ name }) => textWidth(name, 12.5))) + 14);
  const left = narrow ? 0 : names;
  const room = width - left - Math.max(...bars.map((bar) => textWidth(bar.text))) - 10;
  const marks: Mark[] = [];
  let y = BETWEEN / 2;
  for (const row of rows) {
    const height = rowHeight(row, narrow) - BETWEEN;
    const nameY = narrow ? y + NAME / 2 - 2 : y + height / 2;
    marks.push(text(fitted(row.name, narrow ? width : left - 14, 12.5), 0, nameY, { size: 12.5 }));
    let top = narrow ? y + NAME : y;
    for (const { value, text: words, color } of row.bars) {
      const long = Math.max(1.5, (room * value) / most);
      if (value > 0) marks.push(rect(left, top, long, BAR, color, 2));
      marks.push(text(words, left + long + 6, top + BAR / 2 + 0.5, { fill: 'var(--quiet)' }));
      top += BAR + GAP;
    }
    y += height + BETWEEN;
  }
  if (!narrow) marks.push(line(left, 0, left, y - BETWEEN / 2, 'var(--line)'));
  const axis = { type: 'value', show: false, min: 0, max: 1 } as const;
  return {
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: axis,
    yAxis: axis,
    series: [drawn(() => marks)],
  };
}
