import type { EChartsOption } from 'echarts';
import { html, trusted, type Html, type Piece } from './html.js';

/** The room that a chart has: option builders place labels by it. */
export interface Room {
  readonly width: number;
  readonly height: number;
  readonly narrow: boolean;
}

/** A chart before it is drawn. */
export interface Chart {
  /** What the chart shows, told to those who do not see it. */
  readonly label: string;
  readonly height: number | ((narrow: boolean) => number);
  readonly option: (room: Room) => EChartsOption;
  /** The same as numbers, which open below the chart. */
  readonly numbers?: Html;
  readonly caption?: Piece;
  /** One drawing this wide, for charts that are small everywhere; otherwise one each for phones, tablets and desks. */
  readonly width?: number;
}

/** Draws a chart as a figure with SVGs inside. */
export type Draw = (chart: Chart) => Html;

/** Widths in CSS pixels at which text has its true size: a card on a phone, on a tablet and on a desk. */
const WIDTHS = { narrow: 340, middle: 580, wide: 860 } as const;

/**
 * Loads the drawing library and gives the function that draws. Only what charts use is loaded, and only
 * when a report is drawn: others who measure pay nothing for it.
 */
export async function loadCharts(): Promise<Draw> {
  const [echarts, charts, components, renderers] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ]);
  const { CustomChart, LineChart, ScatterChart } = charts;
  echarts.use([CustomChart, LineChart, ScatterChart, components.GridComponent, renderers.SVGRenderer]);
  const svg = (chart: Chart, width: number, narrow: boolean): string => {
    const height = typeof chart.height === 'number' ? chart.height : chart.height(narrow);
    const drawn = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      drawn.setOption({ ...BASE, ...chart.option({ width, height, narrow }) });
      return tidySvg(drawn.renderToSVGString());
    } finally {
      drawn.dispose(); // a chart that is not disposed of keeps Node.js running
    }
  };
  return (chart) => {
    if (chart.width !== undefined) return figure(chart, 'one', [svg(chart, chart.width, true)]);
    const drawings = Object.entries(WIDTHS).map(([name, width]) =>
      svg(chart, width, name === 'narrow').replace('<svg', `<svg class="${name}"`),
    );
    return figure(chart, 'all', drawings);
  };
}

const BASE: EChartsOption = {
  animation: false,
  textStyle: { color: 'var(--ink)', fontFamily: 'inherit', fontSize: 12 },
};

function figure({ label, caption, numbers }: Chart, kind: 'one' | 'all', svgs: readonly string[]): Html {
  return html`<figure>
    <div class="chart ${kind}" role="img" aria-label="${label}">${svgs.map(trusted)}</div>
    ${caption !== undefined && html`<figcaption>${caption}</figcaption>`}
    ${
      numbers &&
      html`<details class="numbers">
        <summary>Numbers</summary>
        ${numbers}
      </details>`
    }
  </figure>`;
}

/**
 * The drawing without what a still picture has no use for: rules for the mouse, class names (the same
 * in all drawings, and counted through a process), clipping to axes that hold all there is, marks for a
 * client script, the fixed size.
 */
function tidySvg(svg: string): string {
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>/g, '')
    .replace(/<defs\s*>[\s\S]*?<\/defs>/g, '')
    .replace(/<rect width="\d+" height="\d+" x="0" y="0" fill="none"><\/rect>/, '')
    .replace(
      / (class|clip-path|ecmeta_\w+|pointer-events|xml:space|xmlns:xlink|version|baseProfile)="[^"]*"/g,
      '',
    )
    .replace(/<svg width="[^"]*" height="[^"]*"/, '<svg aria-hidden="true"')
    .replace(/\n+/g, '\n')
    .trim();
}
