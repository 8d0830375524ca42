import { count, milliseconds, percent, plain, rate } from '../../format.js';
import { html, type Html } from '../html.js';
import { drawn, fitted, text, textWidth, valueAxis, type Mark } from '../marks.js';
import { table } from '../table.js';
import { card, lead, legend, type MakeSection, type Shown, type View } from '../view.js';

/** A layer in the plane of intensity and rate. */
interface Spot {
  readonly shown: Shown;
  readonly layer: string;
  readonly intensity: number;
  readonly flopsPerSecond: number;
  readonly ms: number;
  readonly reached: number;
  readonly bound: string;
}

/** How near each layer comes to what the machine could do (Williams, Waterman and Patterson 2009). */
export const rooflineSection: MakeSection = (view) => {
  const { roofline } = view.record;
  const spots = view.models.flatMap(spotsOf);
  if (roofline === undefined || spots.length === 0) return undefined;
  const { flopsPerSecond, bytesPerSecond } = roofline;
  const ridge = flopsPerSecond / bytesPerSecond;
  const body = html`${lead(
    `This machine reaches ${rate(flopsPerSecond, 'FLOP/s')} in a large matrix product and moves ${rate(bytesPerSecond, 'B/s')}. Layers below ${plain(Number(ridge.toPrecision(3)))} operations a byte wait for memory, those above for arithmetic. Layers above the line found their data in caches.`,
  )}
  ${card([legend(view.models), chartOf(view, spots)])}`;
  return { id: 'roofline', title: 'Share of the limit', body };
};

function spotsOf(shown: Shown): Spot[] {
  const { cost, limits = [] } = shown.model;
  const layers = new Map(cost.layers.map((layer) => [layer.name, layer]));
  return limits.flatMap(({ name, ms, reached, bound }) => {
    const layer = layers.get(name);
    if (layer?.intensity === undefined || layer.flops === 0 || ms === 0 || layer.intensity === 0) return [];
    const flopsPerSecond = (layer.flops / ms) * 1000;
    return [{ shown, layer: name, intensity: layer.intensity, flopsPerSecond, ms, reached, bound }];
  });
}

function chartOf({ record, draw }: View, spots: readonly Spot[]): Html | undefined {
  const { roofline } = record;
  if (roofline === undefined) return undefined;
  const slowest = [...spots].sort((a, b) => b.ms - a.ms);
  const { flopsPerSecond: peak, bytesPerSecond: rateOfMemory } = roofline;
  const xs = [...spots.map(({ intensity }) => intensity), peak / rateOfMemory];
  const [xLow, xHigh] = [decade(Math.min(...xs), -1), decade(Math.max(...xs), 1)];
  const ys = [...spots.map(({ flopsPerSecond }) => flopsPerSecond), peak];
  const [yLow, yHigh] = [decade(Math.min(...ys), -1), decade(Math.max(...ys), 1)];
  const roofAt = (x: number): number => Math.min(peak, x * rateOfMemory);
  const roof = [Math.max(xLow, yLow / rateOfMemory), peak / rateOfMemory, xHigh].map((x) => [x, roofAt(x)]);
  return draw({
    label: `Roofline: operations a second against operations a byte, on logarithmic axes. ${slowest
      .slice(0, 5)
      .map((spot) => `${spot.shown.name}, ${spot.layer}: ${percent(spot.reached, 0)} of its limit.`)
      .join(' ')}`,
    height: (narrow) => (narrow ? 320 : 380),
    option: ({ narrow, width, height }) => ({
      grid: { left: 62, right: 14, top: 26, bottom: 46 },
      xAxis: valueAxis({
        type: 'log',
        min: xLow,
        max: xHigh,
        name: 'operations a byte',
        nameLocation: 'middle',
        nameGap: 28,
        axisLabel: { color: 'var(--quiet)', formatter: plain },
      }),
      yAxis: valueAxis({
        type: 'log',
        min: yLow,
        max: yHigh,
        name: 'FLOP/s',
        nameTextStyle: { color: 'var(--quiet)', align: 'right', padding: [0, 8, 0, 0] },
        axisLabel: {
          color: 'var(--quiet)',
          formatter: (value: number) => count(value).replace(/\.0+/, ''),
        },
      }),
      series: [
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          data: roof,
          lineStyle: { color: 'var(--ink)', width: 2 },
        },
        {
          type: 'scatter',
          silent: true,
          data: spots.map(({ shown, intensity, flopsPerSecond, ms }) => ({
            value: [intensity, flopsPerSecond],
            symbolSize: 6 + 16 * Math.sqrt(ms / (slowest[0]?.ms ?? ms)),
            itemStyle: { color: shown.color, opacity: 0.75, borderColor: 'var(--card)', borderWidth: 1 },
          })),
        },
        drawn((x) => {
          const y = (value: number): number =>
            26 + (Math.log10(yHigh / value) / Math.log10(yHigh / yLow)) * (height - 72);
          return spotLabels(slowest.slice(0, narrow ? 3 : 6), x, y, width);
        }),
      ],
    }),
    caption: 'The larger a mark, the longer the layer takes.',
    numbers: table<Spot>({
      label: 'Layers against the limit of the machine',
      columns: [
        { label: 'Layer', cell: ({ layer }) => layer },
        { label: 'Model', cell: ({ shown }) => shown.name },
        { label: 'Time', right: true, cell: ({ ms }) => milliseconds(ms) },
        {
          label: 'Operations a byte',
          right: true,
          cell: ({ intensity }) => plain(Number(intensity.toPrecision(3))),
        },
        { label: 'Rate', right: true, cell: ({ flopsPerSecond }) => rate(flopsPerSecond, 'FLOP/s') },
        { label: 'Of the limit', right: true, cell: ({ reached }) => percent(reached, 0) },
        { label: 'Bound by', cell: ({ bound }) => bound },
      ],
      rows: slowest,
    }),
  });
}

/** Names of the slowest layers beside their marks, where they do not lie on each other. */
function spotLabels(
  spots: readonly Spot[],
  x: (value: number) => number,
  y: (value: number) => number,
  width: number,
): Mark[] {
  const taken: { left: number; right: number; y: number }[] = [];
  return spots.flatMap(({ layer, intensity, flopsPerSecond }) => {
    const words = fitted(layer, 150);
    const long = textWidth(words);
    const [px, py] = [x(intensity), y(flopsPerSecond)];
    const left = px + 14 + long < width - 6 ? px + 14 : px - 14 - long;
    const box = { left, right: left + long, y: py };
    const clashes = taken.some(
      (other) => Math.abs(other.y - py) < 15 && other.left < box.right && left < other.right,
    );
    if (clashes) return [];
    taken.push(box);
    return [text(words, left, py, { rim: true })];
  });
}

/** The power of ten below (-1) or above (1) a value. */
function decade(value: number, side: 1 | -1): number {
  const exponent = Math.log10(value);
  return 10 ** (side < 0 ? Math.floor(exponent) : Math.ceil(exponent));
}
