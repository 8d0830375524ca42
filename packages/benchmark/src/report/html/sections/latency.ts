import { percentile } from '@tfjs-optimize/core';
import type { EChartsOption } from 'echarts';
import type { Comparison, Measurement } from '../../../record/measurement.js';
import { isSupported } from '../../../stats/index.js';
import { density } from '../../density.js';
import { exact, listed, milliseconds, percent, plain, span, times } from '../../format.js';
import { againstOf, measurementOf, speedText, STATISTICS, statisticText } from '../../summary.js';
import type { Room } from '../chart.js';
import { breakable, html, type Html } from '../html.js';
import {
  area,
  dot,
  drawn,
  fitted,
  HIDDEN_AXIS,
  line,
  path,
  rect,
  text,
  valueAxis,
  type Mark,
} from '../marks.js';
import { table } from '../table.js';
import { card, lead, type MakeSection, type Shown, type View } from '../view.js';

/** A model that was timed. */
interface Timed extends Shown {
  readonly measurement: Measurement;
}

/** How the latencies of each model lie, and how the models stand against each other. */
export const latencySection: MakeSection = (view) => {
  const timed = view.models.flatMap((shown): Timed[] => {
    const measurement = measurementOf(view.record, shown.model);
    return measurement === undefined ? [] : [{ ...shown, measurement }];
  });
  if (timed.length === 0) return undefined;
  const body = html`${lead(leadOf(view, timed))} ${card(distributions(view, timed))} ${speedups(view)}`;
  return { id: 'latency', title: 'Latency', body };
};

function leadOf({ record }: View, timed: readonly Timed[]): string {
  const machine = timed[0]?.measurement.machine ?? record.machine;
  const { comparison } = record;
  const how =
    comparison === undefined
      ? 'Measured one after the other'
      : `Measured by turns in random order${isolationText(comparison)}`;
  const inputs = timed[0]?.measurement.inputs.map(({ key, shape }) => `${key} [${shape.join(', ')}]`) ?? [];
  const fed = inputs.length === 0 ? '' : `, on ${listed(inputs)}`;
  return `${timed.length > 1 ? how : 'Measured'} on the ${machine.backend} backend${fed}, after a warm-up that does not count.`;
}

function isolationText({ isolated, processes = 1 }: Comparison): string {
  if (!isolated) return '';
  return processes === 1
    ? ', each in a process of its own'
    : `, each in ${exact(processes)} processes of its own`;
}

const ROW = 92;
const AXIS = 44;

function distributions({ draw }: View, timed: readonly Timed[]): Html {
  const most = axisEnd(timed);
  const beyond = timed.reduce(
    (n, { measurement }) => n + measurement.samples.filter((ms) => ms > most).length,
    0,
  );
  return draw({
    label: `Distributions of latency. ${timed.map(describe).join(' ')}`,
    height: timed.length * ROW + AXIS,
    option: (room) => distributionChart(timed, most, room),
    caption: html`Each curve shows how often a latency occurred; the bar below it reaches from the 5th to the
    95th percentile, its thick part over the middle half, and the dot is the
    median.${beyond > 0 && ` ${exact(beyond)} of ${exact(samplesOf(timed))} samples lie beyond the right end.`}`,
    numbers: statistics(timed),
  });
}

function describe({ name, measurement: { latency } }: Timed): string {
  const high = isSupported(latency, 'p95') ? `, 95th percentile ${milliseconds(latency.p95)}` : '';
  return `${name}: median ${milliseconds(latency.p50)}${high}.`;
}

const samplesOf = (timed: readonly Timed[]): number =>
  timed.reduce((n, { measurement }) => n + measurement.samples.length, 0);

/** Where the axis ends: past all 99th percentiles, not at a straggler that would squeeze all else. */
function axisEnd(timed: readonly Timed[]): number {
  const past = Math.max(...timed.map(({ measurement: { latency } }) => latency.p99));
  return Math.min(past * 1.03, Math.max(...timed.map(({ measurement: { latency } }) => latency.max)));
}

function distributionChart(timed: readonly Timed[], most: number, { width, narrow }: Room): EChartsOption {
  const least = Math.min(...timed.map(({ measurement: { latency } }) => latency.min));
  const margin = Math.max(most - least, most * 1e-2) * 0.04;
  const rows = (x: (ms: number) => number): Mark[] =>
    timed.flatMap((each, i) => distributionRow(each, i * ROW, x, { most, width }));
  return {
    grid: { left: 6, right: 10, top: 0, bottom: AXIS },
    xAxis: valueAxis({
      min: Math.max(0, least - margin),
      max: most + margin,
      splitNumber: narrow ? 4 : 8,
      name: 'milliseconds a call',
      nameLocation: 'middle',
      nameGap: 26,
      axisLabel: {
        color: 'var(--quiet)',
        hideOverlap: true,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: (ms: number) => plain(ms),
      },
    }),
    yAxis: HIDDEN_AXIS,
    series: [drawn(rows)],
  };
}

interface Ends {
  readonly most: number;
  readonly width: number;
}

/** Name and median in the first line, the curve below it, the bar of percentiles below that. */
function distributionRow(
  { name, color, measurement: { latency, samples } }: Timed,
  top: number,
  x: (ms: number) => number,
  { most, width }: Ends,
): Mark[] {
  const median = milliseconds(latency.p50);
  const base = top + 68;
  const curve = density(samples, most)
    .filter(([, share]) => share > 0.002)
    .map(([ms, share]): [number, number] => [x(ms), base - 42 * share]);
  const first = curve[0]?.[0] ?? 0;
  const last = curve.at(-1)?.[0] ?? 0;
  const middle = base + 9;
  const at = (share: number): number => x(Math.min(most, percentile(samples, share)));
  return [
    area([[first, base], ...curve, [last, base]], color, 0.22),
    path(curve, color),
    line(first, base, last, base, 'var(--line)'),
    rect(at(0.05), middle - 1, at(0.95) - at(0.05), 2, color),
    rect(at(0.25), middle - 4, at(0.75) - at(0.25), 8, color, 2),
    dot(x(latency.p50), middle, 5.5, 'var(--card)'),
    dot(x(latency.p50), middle, 4, color),
    text(fitted(name, width - 100, 13), 6, top + 12, { bold: true, size: 13, rim: true }),
    text(median, width - 10, top + 12, { align: 'right', size: 13, rim: true }),
  ];
}

/** All statistics; models stand in columns. */
function statistics(timed: readonly Timed[]): Html {
  const rows = [
    ...STATISTICS.map(([label, of]) => ({
      label,
      of: ({ latency }: Measurement) => statisticText(of(latency)),
    })),
    { label: 'samples', of: ({ latency }: Measurement) => exact(latency.n) },
    { label: 'calls in a sample', of: ({ callsPerSample }: Measurement) => exact(callsPerSample) },
    { label: 'examples a second', of: ({ throughput }: Measurement) => plain(throughput) },
    { label: 'first call', of: ({ firstCallMs }: Measurement) => milliseconds(firstCallMs) },
    { label: 'warm-up', of: warmUpText },
    ...(timed.some(({ measurement }) => measurement.kernel !== undefined)
      ? [
          {
            label: 'median of kernels alone',
            of: ({ kernel }: Measurement) => (kernel === undefined ? '–' : milliseconds(kernel.p50)),
          },
        ]
      : []),
  ];
  return table({
    label: 'Statistics of latency',
    columns: [
      { label: 'Statistic', cell: ({ label }) => label },
      ...timed.map(({ name, measurement }) => ({
        label: breakable(name),
        right: true,
        cell: ({ of }: (typeof rows)[number]) => of(measurement),
      })),
    ],
    rows,
  });
}

function warmUpText({ warmUp }: Measurement): string {
  return `${exact(warmUp.calls)} calls, ${milliseconds(warmUp.ms)}${warmUp.stable ? '' : ', not stable'}`;
}

/** How many times faster than the first model, with intervals, where there are several to compare. */
function speedups(view: View): Html | undefined {
  const { record, models, draw } = view;
  const rows = models.slice(1).flatMap((shown) => {
    const against = againstOf(record, shown.model);
    return against === undefined ? [] : [{ ...shown, against }];
  });
  const base = models[0]?.name ?? '';
  // One pair is told in the summary.
  if (rows.length < 2) return undefined;
  const words = rows.map(({ name, against }) => ({ name, ...speedText(against) }));
  const ends = rows.flatMap(({ against: { speedup } }) => [speedup.low, speedup.high]);
  const low = Math.min(1, ...ends);
  const high = Math.max(1, ...ends);
  const margin = Math.max(0.02, high - low) * 0.06;
  const chart = draw({
    label: `Speed against ${base}. ${words.map(({ name, change, interval }) => `${name}: ${change}, ${interval}.`).join(' ')}`,
    height: rows.length * 46 + AXIS,
    option: ({ width, narrow }) => ({
      grid: { left: 6, right: 14, top: 0, bottom: AXIS },
      xAxis: valueAxis({
        splitLine: { show: false },
        min: low - margin,
        max: high + margin,
        splitNumber: narrow ? 4 : 8,
        name: `times as fast as ${fitted(base, width / 2)}`,
        nameLocation: 'middle',
        nameGap: 26,
        axisLabel: {
          color: 'var(--quiet)',
          hideOverlap: true,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: (ratio: number) => `${plain(ratio)}×`,
        },
      }),
      yAxis: HIDDEN_AXIS,
      series: [
        drawn((x) => [
          ...rows.flatMap(({ name, color, against: { speedup } }, i): Mark[] => {
            const y = i * 46 + 32;
            const said = `${times(speedup.value)} as fast (${span(speedup.low, speedup.high)})`;
            return [
              line(x(1), y - 9, x(1), y + 9, 'var(--quiet)', 1.5),
              text(fitted(name, narrow ? 90 : width / 2), 6, i * 46 + 12, { bold: true }),
              text(said, width - 10, i * 46 + 12, { align: 'right' }),
              rect(x(speedup.low), y - 1.5, x(speedup.high) - x(speedup.low), 3, color, 1.5),
              line(x(speedup.low), y - 6, x(speedup.low), y + 6, color, 2),
              line(x(speedup.high), y - 6, x(speedup.high), y + 6, color, 2),
              dot(x(speedup.value), y, 5, color),
            ];
          }),
        ]),
      ],
    }),
    numbers: table({
      label: `Speed against ${base}`,
      columns: [
        { label: 'Model', cell: ({ name }) => name },
        { label: 'Verdict', cell: ({ against }) => against.verdict },
        { label: 'Times as fast', right: true, cell: ({ against }) => plain(against.speedup.value) },
        {
          label: '95 % interval',
          right: true,
          cell: ({ against: { speedup } }) => `${plain(speedup.low)} to ${plain(speedup.high)}`,
        },
        {
          label: 'Outputs differ by',
          right: true,
          cell: ({ against: { difference } }) =>
            difference === undefined ? 'not compared' : percent(difference.relative, 4),
        },
      ],
      rows,
    }),
  });
  return card(chart, `Speed against ${base}`);
}
