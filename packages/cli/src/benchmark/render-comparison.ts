import {
  isSupported,
  machineText,
  sweepText,
  type Comparison,
  type Measurement,
  type Regression,
  type ReportRecord,
} from '@tfjs-optimize/benchmark';
import { bytesText, countText, millisecondsText, rateText, type Interval } from '@tfjs-optimize/core';
import { valueText } from '../terminal/numbers.js';
import type { Colours } from '../terminal/streams.js';
import { table } from '../terminal/table.js';
import { backendsOf, section } from './render.js';

/** Models held against the first, on one backend, for people. */
export function comparisonText(
  record: ReportRecord,
  maxSlowdown: number | undefined,
  colours: Colours,
): string {
  const { comparison, machine } = record;
  if (comparison === undefined) return '';
  return [
    `${colours.bold(record.models.map(({ name }) => name).join(', '))} on ${machine.backend}`,
    '',
    table(COLUMNS, rowsOf(record, comparison), colours),
    '',
    ...comparison.against.map((each) => againstText(comparison, each, colours)),
    ...smallDifferences(comparison),
    ...(maxSlowdown === undefined
      ? []
      : comparison.against.map((each) =>
          limitText(each.name, slowdownOf(each.speedup), maxSlowdown, colours),
        )),
    ...record.models.flatMap(({ name, batches }) =>
      section(`Batch sizes of ${name}`, batches && sweepText(batches), colours),
    ),
    ...section(`Backends, ${record.models.at(-1)?.name ?? ''}`, backendsOf(record), colours),
    '',
    `machine: ${machineText(machine)}`,
  ].join('\n');
}

/** What a process lays out otherwise makes this share of a difference. See docs/measuring.md. */
const LAYOUT = 0.02;

function smallDifferences({ against, isolated }: Comparison): string[] {
  const isSmall = ({ verdict, speedup }: Against): boolean =>
    verdict !== 'no difference' && Math.abs(speedup.value - 1) <= LAYOUT;
  if (isolated || !against.some(isSmall)) return [];
  return [
    'Differences of 2 % and less may come from where models lie in memory: --processes takes that out.',
  ];
}

const COLUMNS = [
  { title: 'model' },
  { title: 'median', align: 'right' },
  { title: '95 % of calls', align: 'right' },
  { title: 'a second', align: 'right' },
  { title: 'first call', align: 'right' },
  { title: 'parameters', align: 'right' },
  { title: 'MACs', align: 'right' },
  { title: 'on disk', align: 'right' },
] as const;

function rowsOf({ models }: ReportRecord, { measurements }: Comparison): string[][] {
  return models.map(({ name, cost }, i) => {
    const { latency, throughput, firstCallMs } = measurements[i] as Measurement;
    return [
      name,
      millisecondsText(latency.p50),
      isSupported(latency, 'p95') ? millisecondsText(latency.p95) : '-',
      rateText(throughput),
      millisecondsText(firstCallMs),
      countText(cost.parameters),
      countText(cost.macs),
      bytesText(cost.fileBytes),
    ];
  });
}

type Against = Comparison['against'][number];

function againstText({ measurements }: Comparison, against: Against, colours: Colours): string {
  const { name, speedup, verdict, difference, shapes } = against;
  const first = measurements[0]?.name ?? '';
  const apart =
    difference === undefined
      ? 'their outputs cannot be compared'
      : difference.relative === 0
        ? 'their outputs are the same'
        : `outputs lie ${valueText(difference.relative)} of the largest apart at most`;
  const shaped = shapes === undefined ? '' : ' (shapes differ)';
  return `${verdictText(name, first, speedup, verdict, colours)}; ${apart}${shaped}.`;
}

function verdictText(
  name: string,
  first: string,
  speedup: Interval,
  verdict: Against['verdict'],
  colours: Colours,
): string {
  switch (verdict) {
    case 'faster':
      return `${colours.bold(name)}: ${colours.green(`${ratio(speedup.value)} faster`)} than ${first} (95 %: ${intervalText(speedup)})`;
    case 'slower': {
      const slowdown = slowdownOf(speedup);
      return `${colours.bold(name)}: ${colours.red(`${ratio(slowdown.value)} slower`)} than ${first} (95 %: ${intervalText(slowdown)})`;
    }
    case 'no difference':
      return `${colours.bold(name)}: no difference to ${first} (speed-up ${ratio(speedup.value)}, 95 %: ${intervalText(speedup)})`;
  }
}

/** How many times slower, of a speed-up. */
export function slowdownOf({ value, low, high }: Interval): Interval {
  return { value: 1 / value, low: 1 / high, high: 1 / low };
}

/** Near 1 with a digit more, so that `1.004 times` does not read as none. */
const digits = (value: number): number => (Math.abs(value - 1) < 0.05 ? 3 : value < 10 ? 2 : 1);
const ratio = (value: number): string => `${value.toFixed(digits(value))}x`;
const intervalText = ({ low, high }: Interval): string => {
  const most = Math.max(digits(low), digits(high));
  return `${low.toFixed(most)}-${high.toFixed(most)}`;
};

/** What a slowdown means against `--max-slowdown`. */
export function limitText(name: string, slowdown: Interval, maxSlowdown: number, colours: Colours): string {
  const figures = `${ratio(slowdown.value)} the time (95 %: ${intervalText(slowdown)})`;
  if (slowdown.low > maxSlowdown) {
    return colours.red(`${name} is too slow: ${figures}, all of it above --max-slowdown ${maxSlowdown}.`);
  }
  if (slowdown.high <= maxSlowdown) {
    return colours.green(`${name} keeps within --max-slowdown ${maxSlowdown}: ${figures}.`);
  }
  return colours.yellow(
    `${name}: not clear whether it is too slow: ${figures}, on both sides of --max-slowdown ${maxSlowdown}. Measure for longer (--time) or in more processes (--processes) to be sure.`,
  );
}

/** A model held against its baseline. */
export function regressionText(
  name: string,
  { slowdown, maxSlowdown, warnings }: Regression,
  colours: Colours,
): string[] {
  return [
    `${colours.bold(name)}: ${ratio(slowdown.value)} the time of the baseline (95 %: ${intervalText(slowdown)}), both held against work that is always the same.`,
    limitText(name, slowdown, maxSlowdown, colours),
    ...warnings.map((text) => `${colours.yellow('warning')}  ${text}`),
  ];
}
