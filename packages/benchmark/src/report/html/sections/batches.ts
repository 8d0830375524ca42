import type { EChartsOption } from 'echarts';
import type { BatchSweepRecord } from '../../../record/profile.js';
import { exact, milliseconds, plain, times } from '../../format.js';
import type { Room } from '../chart.js';
import { html, type Html, type Piece } from '../html.js';
import { valueAxis } from '../marks.js';
import { table } from '../table.js';
import { card, lead, legend, type MakeSection, type Shown, type View } from '../view.js';

interface Swept extends Shown {
  readonly sweep: BatchSweepRecord;
}

/** What larger batches gain and cost. */
export const batchSection: MakeSection = (view) => {
  const swept = view.models.flatMap((shown): Swept[] =>
    shown.model.batches === undefined || shown.model.batches.batches.length === 0
      ? []
      : [{ ...shown, sweep: shown.model.batches }],
  );
  if (swept.length === 0) return undefined;
  const failed = swept.flatMap(({ name, sweep }) => sweep.failed.map((each) => ({ name, ...each })));
  const body = html`${bestTexts(swept)}
    <div class="pair">
      ${card([legend(swept), chartOf(view, swept, THROUGHPUT)], 'Throughput')}
      ${card([legend(swept), chartOf(view, swept, LATENCY)], 'Latency of a batch')}
    </div>
    ${
      failed.length > 0 &&
      html`<p class="small quiet failed">
        ${failed.map(({ name, size, reason }) => html`${name}: a batch of ${exact(size)} did not run, ${reason}.<br />`)}
      </p>`
    }`;
  return { id: 'batches', title: 'Batch sizes', body };
};

function bestText({ sweep: { best, smallestGood } }: Swept): string {
  return smallestGood === best
    ? `Batches of ${exact(best)} give the best throughput, and no smaller one comes within 5 % of it.`
    : `Batches of ${exact(best)} give the best throughput; ${exact(smallestGood)} are enough for 95 % of it.`;
}

/** The same sentence of all models is said once. */
function bestTexts(swept: readonly Swept[]): Piece {
  const texts = [...new Set(swept.map(bestText))];
  if (texts.length === 1) return lead(texts[0]);
  return lead(swept.map((each) => html`${each.name}: ${bestText(each)}<br />`));
}

type Batch = BatchSweepRecord['batches'][number];

interface Measure {
  readonly label: string;
  readonly name: string;
  readonly of: (batch: Batch) => number;
  readonly text: (batch: Batch) => string;
}

const THROUGHPUT: Measure = {
  label: 'Throughput by batch size',
  name: 'examples a second',
  of: ({ throughput }) => throughput,
  text: ({ throughput }) => `${plain(Number(throughput.toPrecision(3)))} examples a second`,
};
const LATENCY: Measure = {
  label: 'Latency by batch size',
  name: 'milliseconds',
  of: ({ ms }) => ms,
  text: ({ ms }) => milliseconds(ms),
};

function chartOf({ draw }: View, swept: readonly Swept[], measure: Measure): Html {
  const said = swept.map(
    ({ name, sweep }) =>
      `${name}: ${sweep.batches.map((batch) => `${batch.size}, ${measure.text(batch)}`).join('; ')}.`,
  );
  return draw({
    label: `${measure.label}. ${said.join(' ')}`,
    height: 250,
    width: 376,
    option: (room) => option(swept, measure, room),
    caption:
      measure === THROUGHPUT ? 'Ringed: the smallest batch within 5 % of the best throughput.' : undefined,
    numbers: numbers(swept),
  });
}

function option(swept: readonly Swept[], { name, of }: Measure, _: Room): EChartsOption {
  const sizes = [...new Set(swept.flatMap(({ sweep }) => sweep.batches.map(({ size }) => size)))].sort(
    (a, b) => a - b,
  );
  return {
    grid: { left: 52, right: 14, top: 28, bottom: 46 },
    xAxis: {
      type: 'category',
      data: sizes.map(String),
      boundaryGap: false,
      name: 'examples in a batch',
      nameLocation: 'middle',
      nameGap: 28,
      axisLine: { lineStyle: { color: 'var(--line)' } },
      axisTick: { show: false },
      axisLabel: { color: 'var(--quiet)', hideOverlap: true },
      nameTextStyle: { color: 'var(--quiet)' },
    },
    yAxis: valueAxis({
      min: 0,
      splitNumber: 4,
      name,
      nameTextStyle: { color: 'var(--quiet)', align: 'left', padding: [0, 0, 0, -46] },
      axisLabel: { color: 'var(--quiet)', formatter: plain },
    }),
    series: swept.map(({ color, sweep }) => ({
      type: 'line',
      silent: true,
      lineStyle: { color, width: 2 },
      data: sizes.map((size) => {
        const batch = sweep.batches.find((each) => each.size === size);
        if (batch === undefined) return null;
        const good = size === sweep.smallestGood;
        return {
          value: of(batch),
          symbol: 'circle',
          symbolSize: good ? 13 : 7,
          itemStyle: good ? { color: 'var(--card)', borderColor: color, borderWidth: 3 } : { color },
        };
      }),
    })),
  };
}

function numbers(swept: readonly Swept[]): Html {
  const rows = swept.flatMap(({ name, sweep }) => sweep.batches.map((batch) => ({ name, batch })));
  return table({
    label: 'Batch sizes',
    columns: [
      { label: 'Batch', cell: ({ batch }) => exact(batch.size) },
      { label: 'Model', cell: ({ name }) => name },
      { label: 'Latency', right: true, cell: ({ batch }) => milliseconds(batch.ms) },
      {
        label: '10th to 90th percentile',
        right: true,
        cell: ({ batch }) => `${milliseconds(batch.low)} to ${milliseconds(batch.high)}`,
      },
      {
        label: 'Examples a second',
        right: true,
        cell: ({ batch }) => plain(Number(batch.throughput.toPrecision(3))),
      },
      {
        label: 'Against the smallest',
        right: true,
        cell: ({ batch: { speedup } }) => (speedup === undefined ? '–' : times(speedup)),
      },
    ],
    rows,
  });
}
