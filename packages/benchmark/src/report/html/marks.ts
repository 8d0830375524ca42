import type { CustomSeriesOption, CustomSeriesRenderItemAPI } from 'echarts';

/** Marks of charts that are drawn row by row, in pixels of the chart. */
export type Mark = NonNullable<Exclude<ReturnType<NonNullable<CustomSeriesOption['renderItem']>>, null>>;

/** A series that draws what `draw` gives; `x` turns a value of the horizontal axis into pixels. */
export function drawn(draw: (x: (value: number) => number) => readonly Mark[]): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z: 5,
    data: [0],
    renderItem: (_, api: CustomSeriesRenderItemAPI): Mark => ({
      type: 'group',
      children: [...draw((value) => api.coord([value, 0])[0] as number)] as never,
    }),
  };
}

export function rect(x: number, y: number, width: number, height: number, fill: string, r = 0): Mark {
  return { type: 'rect', shape: { x, y, width: Math.max(0, width), height, r }, style: { fill } };
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, lineWidth = 1): Mark {
  return { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth } };
}

export function dot(cx: number, cy: number, r: number, fill: string): Mark {
  return { type: 'circle', shape: { cx, cy, r }, style: { fill } };
}

export function area(points: readonly (readonly [number, number])[], fill: string, opacity = 1): Mark {
  return {
    type: 'polygon',
    shape: { points: points.map(([x, y]) => [x, y]) },
    style: { fill, opacity },
  };
}

export function path(points: readonly (readonly [number, number])[], stroke: string, lineWidth = 1.5): Mark {
  return {
    type: 'polyline',
    shape: { points: points.map(([x, y]) => [x, y]) },
    style: { stroke, lineWidth, fill: 'none' },
  };
}

/** How a text is set. */
export interface TextLook {
  readonly fill?: string;
  readonly size?: number;
  readonly bold?: boolean;
  readonly align?: 'left' | 'center' | 'right';
  /** A rim in the card's colour, for text on other marks. */
  readonly rim?: boolean;
}

/** A text whose middle line lies at `y`. */
export function text(words: string, x: number, y: number, look: TextLook = {}): Mark {
  const { fill = 'var(--ink)', size = 12, bold = false, align = 'left', rim = false } = look;
  return {
    type: 'text',
    style: {
      text: words,
      x,
      y,
      fill,
      fontSize: size,
      fontFamily: 'inherit',
      fontWeight: bold ? 600 : 400,
      align,
      verticalAlign: 'middle',
      ...(rim ? { stroke: 'var(--card)', lineWidth: 3 } : {}),
    },
  };
}

/** About how wide a text is in pixels: there are no fonts where charts are drawn. Errs to the wide side. */
export function textWidth(words: string, size = 12): number {
  let ems = 0;
  for (const letter of words) ems += widthOf(letter);
  return ems * size;
}

function widthOf(letter: string): number {
  if (/[ijl.,:;'|! \u00a0]/.test(letter)) return 0.34;
  if (/[frt()[\]/\\-]/.test(letter)) return 0.42;
  if (/[mwMW@%]/.test(letter)) return 0.92;
  if (/[A-Z]/.test(letter)) return 0.7;
  return letter.charCodeAt(0) > 0x2e7f ? 1.05 : 0.6;
}

/** The text, cut in its middle where it is wider than `width` pixels: both ends of a layer's name matter. */
export function fitted(words: string, width: number, size = 12): string {
  if (textWidth(words, size) <= width) return words;
  const letters = [...words];
  for (let keep = letters.length - 1; keep > 1; keep--) {
    const head = Math.ceil(keep / 2);
    const cut = `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (keep - head)).join('')}`;
    if (textWidth(cut, size) <= width) return cut;
  }
  return '…';
}

/** The look of a value axis; the name stands below its middle (horizontal) or above its top (vertical). */
export function valueAxis(more: object = {}): object {
  return {
    type: 'value',
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: 'var(--grid)' } },
    axisLabel: { color: 'var(--quiet)', fontSize: 12, hideOverlap: true },
    nameTextStyle: { color: 'var(--quiet)', fontSize: 12 },
    ...more,
  };
}

/** An axis that is only there to place marks. */
export const HIDDEN_AXIS = { type: 'value', show: false, min: 0, max: 1 } as const;
