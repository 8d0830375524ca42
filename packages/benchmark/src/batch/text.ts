import { millisecondsText, rateText, textTable } from '@tfjs-optimize/core';
import type { BatchSweepRecord } from '../record/profile.js';

/** A sweep over batch sizes as a table of plain text, with what it comes to below. */
export function sweepText({ batches, best, smallestGood, failed }: BatchSweepRecord): string {
  const rows = batches.map(({ size, ms, low, high, throughput, speedup }) => [
    String(size),
    millisecondsText(ms),
    `${millisecondsText(low).replace(' ms', '')} to ${millisecondsText(high)}`,
    millisecondsText(ms / size),
    rateText(throughput),
    speedup === undefined ? '' : `${speedup.toFixed(2)}x`,
  ]);
  const heading = ['batch', 'latency', '10 % to 90 %', 'each example', 'examples/s', 'speed-up'];
  const found =
    batches.length === 1 ? `only batches of ${best} ran` : bestText(best, smallestGood, batches[0]?.size);
  return [
    textTable([heading, ...rows], ['right', 'right', 'right', 'right', 'right', 'right']),
    found,
    ...failed.map(({ size, reason }) => `a batch of ${size} did not run: ${reason}`),
  ].join('\n');
}

function bestText(best: number, smallestGood: number, smallest: number | undefined): string {
  const text = `best throughput: batches of ${best}`;
  if (best === smallest) return `${text}, the smallest that ran`;
  return smallestGood === best
    ? `${text}; no smaller one comes within 5 % of it`
    : `${text}; batches of ${smallestGood} come within 5 % of it`;
}
