import type { BenchResult, BenchRow } from '../cases.js';

/** A run of benchmark cases: what a report of it tells. */
export interface BenchReport extends BenchResult {
  readonly title: string;
  /** When it was made, as ISO 8601 in UTC. */
  readonly made: string;
  /** Machines, engines, versions and backends that rows were measured on, each as `machineText` tells it. */
  readonly machines: readonly string[];
  /** Ids of cases that failed. */
  readonly failed: readonly string[];
}

/** What the run came to, in a sentence. */
export function benchHeadline({ rows, skipped, failed }: BenchReport): string {
  const parts = [
    rows.length === 0 ? 'No figures' : many(rows.length, 'figure'),
    ...(skipped.length === 0 ? [] : [`${many(skipped.length, 'case')} skipped`]),
    ...(failed.length === 0 ? [] : [`${many(failed.length, 'case')} failed`]),
  ];
  return parts.join(', ');
}

const many = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Graphics processors behind the rows. */
export function devicesOf(rows: readonly BenchRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ device }) => device ?? []))];
}
