import type { CostRecord, Distribution } from '@tfjs-optimize/benchmark';
import type { Interval } from '@tfjs-optimize/core';

/** What was measured of one of the two models. */
export interface Measured {
  readonly cost: Pick<CostRecord, 'parameters' | 'flops' | 'nodes' | 'fileBytes'>;
  /** Share of held-out digits read right. */
  readonly accuracy: number;
  readonly latency: Pick<Distribution, 'p50' | 'p95' | 'n'>;
}

/** What was measured between them. */
export interface Between {
  readonly speedup: Interval;
  /** Largest difference of a probability. */
  readonly difference: number;
  readonly digits: number;
}

/** Both models side by side, as text. */
export function comparisonTable(before: Measured, after: Measured, between: Between): string {
  const { speedup, difference, digits } = between;
  const rounds = `${after.latency.n} rounds each`;
  const count = (value: number) => value.toLocaleString('en-US');
  const row = (name: string, of: (side: Measured) => number, show: (value: number) => string) => {
    const [a, b] = [of(before), of(after)];
    return [name, show(a), show(b), change(a, b)];
  };
  const table = aligned([
    ['', 'before', 'after', ''],
    row(
      'size on disk',
      ({ cost }) => cost.fileBytes,
      (bytes) => `${(bytes / 1000).toFixed(1)} kB`,
    ),
    row('parameters', ({ cost }) => cost.parameters, count),
    row('operations', ({ cost }) => operations(cost), count),
    row('FLOPs for one digit', ({ cost }) => cost.flops, count),
    row(`accuracy on ${count(digits)} held-out digits`, ({ accuracy }) => accuracy, percent),
    ['largest difference of a probability', '', difference.toExponential(1), 'rounding of float32'],
    [
      'latency, median',
      milliseconds(before.latency.p50),
      milliseconds(after.latency.p50),
      speedText(speedup),
    ],
    ['latency, 95th percentile', milliseconds(before.latency.p95), milliseconds(after.latency.p95), rounds],
  ]);
  return isWide(speedup) ? `${table}\n\n  ${WIDE}` : table;
}

const WIDE = 'The time has a wide interval: other work on this machine, or a short run.';

/** Whether the interval is more than a tenth of the value: then the second digit of the value says nothing. */
function isWide({ value, low, high }: Interval): boolean {
  return high - low > 0.1 * value;
}

/** `1.76x faster (95 %: 1.75-1.76)`; in words where it is not. */
function speedText({ value, low, high }: Interval): string {
  const interval = (from: number, to: number) => `(95 %: ${from.toFixed(2)}-${to.toFixed(2)})`;
  if (low > 1) return `${value.toFixed(2)}x faster ${interval(low, high)}`;
  if (high < 1) return `${(1 / value).toFixed(2)}x slower ${interval(1 / high, 1 / low)}`;
  return `no clear difference: ${value.toFixed(2)}x as fast ${interval(low, high)}`;
}

/** Nodes that compute something. */
function operations({ nodes }: Pick<CostRecord, 'nodes'>): number {
  return nodes.filter(({ op }) => op !== 'Placeholder').length;
}

function change(before: number, after: number): string {
  if (before === after) return 'the same';
  const share = (100 * (after - before)) / before;
  return `${share > 0 ? '+' : ''}${share.toFixed(1)} %`;
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const milliseconds = (time: number) => `${time.toFixed(3)} ms`;

/** Rows in columns: the first and the last flush left, numbers flush right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map(([name = '', before = '', after = '', note = '']) =>
      `  ${name.padEnd(widths[0] ?? 0)}  ${before.padStart(widths[1] ?? 0)}  ${after.padStart(widths[2] ?? 0)}  ${note}`.trimEnd(),
    )
    .join('\n');
}
