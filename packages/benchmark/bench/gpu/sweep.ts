import { sweepBatches, type BenchRow, type SweepOptions } from '@tfjs-optimize/benchmark';
import { millisecondsText, type ModelInputs } from '@tfjs-optimize/core';
import { isOutOfMemory } from '../../src/batch/sweep.js';
import type { Candidate } from '../../src/measure/candidate.js';
import type { BatchSweepRecord } from '../../src/record/profile.js';

/** Options of {@link sweepRows}: those of a sweep with a number of rounds. */
export type SweepRowsOptions = SweepOptions & { readonly sizes: readonly number[]; readonly runs: number };

/**
 * A row for each batch size, `ID-SIZE`: examples a second. What ran out of memory is told in the note of the last row. A
 * size may do so only when all take turns, as memory is in pieces by then; it is left out, and the others run again.
 *
 * @param sweep measures; `sweepBatches` unless told.
 */
export async function sweepRows(
  id: string,
  candidate: Candidate,
  sample: ModelInputs,
  options: SweepRowsOptions,
  sweep: typeof sweepBatches = sweepBatches,
): Promise<readonly BenchRow[]> {
  const sizes = [...options.sizes].sort((a, b) => a - b);
  const late: BatchSweepRecord['failed'][number][] = [];
  for (;;) {
    try {
      const record = await sweep(candidate, sample, { ...options, sizes });
      return rowsOf(id, { ...record, failed: [...record.failed, ...late] }, options.runs);
    } catch (error) {
      if (!isOutOfMemory(error) || sizes.length < 2) throw error;
      late.unshift({ size: sizes.pop() as number, reason: (error as Error).message });
    }
  }
}

function rowsOf(id: string, { batches, best, failed }: BatchSweepRecord, runs: number): readonly BenchRow[] {
  const [smallest] = batches;
  const failures = failed.map(({ size, reason }) => `a batch of ${size} did not run: ${firstLine(reason)}`);
  return batches.map(({ size, ms, low, high, throughput, speedup }, i) => {
    const note = [
      `${millisecondsText(ms)} a batch`,
      ...(i === 0 || speedup === undefined
        ? []
        : [`${speedup.toFixed(2)} times as many as in batches of ${smallest?.size}`]),
      ...(size === best ? ['the most'] : []),
      ...(i === batches.length - 1 ? failures : []),
    ];
    return {
      ...{ id: `${id}-${size}`, value: throughput, unit: 'examples/s', n: runs, note: note.join('; ') },
      ...{ low: (1000 * size) / high, high: (1000 * size) / low },
    };
  });
}

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
