import type { EChartsOption } from 'echarts';
import { bytes, isShare, listed, milliseconds, plain, score } from '../../format.js';
import { paretoFront } from '../../pareto.js';
import { measurementOf } from '../../summary.js';
import type { Room } from '../chart.js';
import { html, type Html } from '../html.js';
import { drawn, fitted, textWidth, text, valueAxis, type Mark } from '../marks.js';
import { table } from '../table.js';
import { card, lead, type MakeSection, type Shown, type View } from '../view.js';

/** A model in the plane of cost and score. */
interface Point extends Shown {
  readonly cost: number;
  /** Higher is better, whichever way the score goes. */
  readonly worth: number;
  readonly value: number;
}

interface Axis {
  readonly title: string;
  readonly noun: string;
  /** What the cost is divided by for the axis, and the unit that makes. */
  readonly unit: (most: number) => readonly [divisor: number, name: string];
  readonly text: (cost: number) => string;
  readonly cost: (view: View, shown: Shown) => number | undefined;
}

const AXES: readonly Axis[] = [
  {
    title: 'against latency',
    noun: 'latency',
    unit: () => [1, 'median latency in milliseconds'],
    text: milliseconds,
    cost: ({ record }, { model }) => measurementOf(record, model)?.latency.p50,
  },
  {
    title: 'against size',
    noun: 'size',
    unit: (most) => (most >= 1e6 ? [1e6, 'size on disk in MB'] : [1e3, 'size on disk in kB']),
    text: bytes,
    cost: (_, { model }) => model.cost.fileBytes,
  },
];

/** Score against latency and against size, with the models marked that no other beats. */
export const tradeoffSection: MakeSection = (view) => {
  const name = view.models.find(({ model }) => model.quality !== undefined)?.model.quality?.scores[0]?.name;
  if (name === undefined) return undefined;
  const charts = AXES.map((axis) => ({ axis, points: pointsOf(view, axis, name) })).filter(
    ({ points }) => points.length > 1,
  );
  if (charts.length === 0) return undefined;
  const body = html`${lead(
      'Filled diamonds joined by a line are the Pareto front: no other model is better in one without being worse in the other. Hollow circles are beaten.',
    )}
    <div class="pair">
      ${charts.map(({ axis, points }) => card(chartOf(view, axis, name, points), `${capital(name)} ${axis.title}`))}
    </div>`;
  return { id: 'trade-off', title: `${capital(name)} against cost`, body };
};

function pointsOf(view: View, axis: Axis, name: string): Point[] {
  return view.models.flatMap((shown) => {
    const found = shown.model.quality?.scores.find((each) => each.name === name);
    const cost = axis.cost(view, shown);
    if (found === undefined || cost === undefined) return [];
    return [{ ...shown, cost, value: found.value, worth: found.higherIsBetter ? found.value : -found.value }];
  });
}

function chartOf({ draw }: View, axis: Axis, name: string, points: readonly Point[]): Html {
  const front = paretoFront(points);
  const said = points.map((point) => `${point.name}: ${axis.text(point.cost)}, ${score(name, point.value)}.`);
  return draw({
    label: `${capital(name)} ${axis.title}. ${said.join(' ')} Pareto front: ${listed(front.map((point) => point.name))}.`,
    height: 280,
    width: 376,
    option: (room) => option(axis, name, points, front, room),
    numbers: table({
      label: `${capital(name)} ${axis.title}`,
      columns: [
        { label: 'Model', cell: (point) => point.name },
        { label: capital(axis.noun), right: true, cell: (point) => axis.text(point.cost) },
        { label: capital(name), right: true, cell: (point) => score(name, point.value) },
        { label: 'Pareto front', cell: (point) => (front.includes(point) ? 'yes' : 'no') },
      ],
      rows: points,
    }),
  });
}

function option(
  axis: Axis,
  name: string,
  points: readonly Point[],
  front: readonly Point[],
  room: Room,
): EChartsOption {
  const [divisor, unit] = axis.unit(Math.max(...points.map(({ cost }) => cost)));
  const at = ({ cost, value }: Point): [number, number] => [cost / divisor, value];
  const [xLow, xHigh] = padded(points.map(({ cost }) => cost / divisor));
  const [yLow, top] = padded(points.map(({ value }) => value));
  const yHigh = isShare(name) ? Math.min(1, top) : top;
  return {
    grid: { left: 58, right: 14, top: 14, bottom: 46 },
    xAxis: valueAxis({
      min: Math.max(0, xLow),
      max: xHigh,
      splitNumber: 4,
      name: unit,
      nameLocation: 'middle',
      nameGap: 28,
      axisLabel: {
        color: 'var(--quiet)',
        hideOverlap: true,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: plain,
      },
    }),
    yAxis: valueAxis({
      min: yLow,
      max: yHigh,
      splitNumber: 4,
      axisLabel: {
        color: 'var(--quiet)',
        showMinLabel: false,
        showMaxLabel: false,
        formatter: (value: number) => score(name, value),
      },
    }),
    series: [
      {
        type: 'line',
        z: 1,
        data: front.map(at),
        silent: true,
        symbol: 'none',
        lineStyle: { color: 'var(--quiet)', width: 1.5, type: [5, 4] },
      },
      {
        type: 'scatter',
        silent: true,
        data: points.map((point) => mark(point, at(point), front.includes(point))),
      },
      labels(points, at, room, [xLow, xHigh], [yLow, yHigh]),
    ],
  };
}

function mark({ color }: Point, value: [number, number], isFront: boolean): object {
  return {
    value,
    symbol: isFront ? 'diamond' : 'circle',
    symbolSize: isFront ? 15 : 10,
    itemStyle: isFront
      ? { color, opacity: 1, borderColor: 'var(--card)', borderWidth: 1.5 }
      : { color: 'var(--card)', opacity: 1, borderColor: color, borderWidth: 2 },
  };
}

/** Names beside their points: on the side that has room, moved down where they would lie on each other. */
function labels(
  points: readonly Point[],
  at: (point: Point) => [number, number],
  { width, height }: Room,
  [xLow, xHigh]: readonly [number, number],
  [yLow, yHigh]: readonly [number, number],
): object {
  return drawn((x) => {
    const y = (value: number): number => 14 + ((yHigh - value) / (yHigh - yLow)) * (height - 60);
    const taken: { left: number; right: number; y: number }[] = points.map((point) => {
      const [px, value] = at(point);
      return { left: x(px) - 8, right: x(px) + 8, y: y(value) };
    });
    return points.map((point): Mark => {
      const [px, value] = at(point);
      const long = Math.min(textWidth(point.name), 150);
      const right = px < xLow + 0.6 * (xHigh - xLow) || x(px) + 12 + long < width - 8;
      const left = right ? x(px) + 12 : Math.max(60, x(px) - 12 - long);
      const box = { left, right: left + long, y: y(value) };
      const clashes = () =>
        taken.some(
          (other) => Math.abs(other.y - box.y) < 14 && other.left < box.right && box.left < other.right,
        );
      for (const shift of [0, 15, -15, 30, -30]) {
        box.y = y(value) + shift;
        if (!clashes()) break;
      }
      taken.push(box);
      return text(fitted(point.name, 150), left, box.y, { rim: true });
    });
  });
}

/** Ends of an axis around values, with room for marks; a span of nothing becomes one. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = high > low ? (high - low) * 0.14 : Math.abs(high) * 0.02 || 0.1;
  return [low - margin, high + margin];
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
