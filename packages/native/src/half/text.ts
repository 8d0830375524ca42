import {
  bytesText,
  changeText,
  differenceText,
  millisecondsText,
  textTable,
  type HalfFormat,
} from '@tfjs-optimize/core';
import type { HalfReport } from './half.js';
import type { HalfRow } from './row.js';

/** A report as text: sizes, times and differences, a verdict for each row, what to do, and what was not looked at. */
export function halfText(report: Omit<HalfReport, 'text' | 'toString'>): string {
  const { format, rows, skipped, precision } = report;
  return [
    sizesTable(report),
    ...timesTable(report),
    ...rows.map((row) => verdictOf(row, format)),
    ...adviceOn(rows, format),
    ...precision.notes.filter(({ level }) => level === 'warning').map(({ message }) => `warning: ${message}`),
    ...(skipped.length === 0 ? [] : ['not measured:']),
    ...skipped.map(({ where, reason }) => `  ${where}: ${reason}`),
  ].join('\n');
}

function sizesTable({ format, savedModel, web }: Omit<HalfReport, 'text' | 'toString'>): string {
  const row = (what: string, [before, after]: readonly [number, number]): string[] => [
    what,
    bytesText(before),
    bytesText(after),
    changeText(before, after),
  ];
  return textTable(
    [
      ['files', 'float32', format, 'change'],
      row('SavedModel, storage', [savedModel.float32, savedModel.storage]),
      row('SavedModel, computation', [savedModel.float32, savedModel.computation]),
      row('TensorFlow.js, storage', [web.float32, web.storage]),
    ],
    ['left', 'right', 'right', 'right'],
  );
}

function timesTable({ format, rows }: Omit<HalfReport, 'text' | 'toString'>): string[] {
  if (rows.length === 0) return [];
  const heading = ['', `${format} for`, 'float32', format, 'as fast', 'outputs differ by', 'same class'];
  const lines = rows.map(({ where, use, float32, half, speedup, difference, agreement }) => [
    where,
    use,
    millisecondsText(float32.median),
    millisecondsText(half.median),
    `${factorText(speedup.value)} x (${factorText(speedup.low)} to ${factorText(speedup.high)})`,
    `${differenceText(difference.relative)}${difference.incomparable > 0 ? ', not finite' : ''}`,
    agreement === undefined ? '' : `${agreement.same} of ${agreement.of}`,
  ]);
  return [
    textTable([heading, ...lines], ['left', 'left', 'right', 'right', 'right', 'right', 'right']),
    'outputs differ by: the largest difference, as a share of the largest number of float32',
  ];
}

/** A factor with three digits. */
function factorText(factor: number): string {
  return String(Number(factor.toPrecision(3)));
}

/** What two measurements of the very same may differ by: no faster and no slower is what differs by less. */
const EVEN = 0.02;

/** How far an interval may reach from 1 for a row to be called even; a wider one holds too many other answers. */
const EVEN_WITHIN = 0.1;

/** What a row says of speed, in a sentence. */
export function verdictOf({ where, gpu, use, speedup }: HalfRow, format: HalfFormat): string {
  const place = where === 'session' ? `sessions of TensorFlow on ${gpu ? 'this GPU' : 'this CPU'}` : where;
  const subject = `${format} ${use} on ${place}`.replace('on sessions', 'in sessions');
  const { value, low, high } = speedup;
  if (high < 1 && value < 1 - EVEN) {
    const ends = `${factorText(1 / high)} to ${factorText(1 / low)}`;
    return `${subject} is ${factorText(1 / value)} times slower than float32 (${ends})`;
  }
  if (low > 1 && value > 1 + EVEN) return `${subject} is ${factorText(value)} times as fast as float32`;
  if (low >= 1 - EVEN_WITHIN && high <= 1 + EVEN_WITHIN) return `${subject} is as fast as float32`;
  const interval = `${factorText(low)} to ${factorText(high)}`;
  return `${subject} could not be told from float32: ${interval} times as fast; measure longer, or on a quieter machine`;
}

/** What to do after all that was measured. */
function adviceOn(rows: readonly HalfRow[], format: HalfFormat): string[] {
  const computed = rows.find(({ use }) => use === 'computation');
  if (computed === undefined)
    return [`computation in ${format} was not measured: it needs a session of TensorFlow, by tfjs-node`];
  const { speedup, difference } = computed;
  if (difference.incomparable > 0) {
    const count = `${difference.incomparable} numbers`;
    return [`${format} computation overflows: ${count} of the outputs are not finite. Give {calibration}`];
  }
  if (speedup.low > 1 && speedup.value > 1 + EVEN) return [`so: compute in ${format} here`];
  return [`so: store in ${format}, compute in float32 here`];
}
