import { bytesText, millisecondsText, textTable, type HeldMemory } from '@tfjs-optimize/core';
import type { Measurement } from '../record/measurement.js';
import type { GradientModeComparison } from './compare-gradient-mode.js';

/** What recording for gradients costs, as a table of plain text. */
export function gradientModeText({ comparison, memory }: GradientModeComparison): string {
  const [recorded, plain] = comparison.measurements as [Measurement, Measurement];
  const row = (name: string, { latency }: Measurement, held: HeldMemory): string[] => [
    name,
    millisecondsText(latency.p50),
    `${held.tensors} ${held.tensors === 1 ? 'tensor' : 'tensors'}`,
    bytesText(held.bytes),
  ];
  const { value, low, high } = comparison.against[0]?.speedup ?? { value: 1, low: 1, high: 1 };
  return [
    textTable(
      [
        ['', 'latency', 'held', ''],
        row('gradient mode', recorded, memory.withTape),
        row('inference mode', plain, memory.plain),
      ],
      ['left', 'right', 'right', 'right'],
    ),
    `inference mode is ${value.toFixed(2)}x as fast (${low.toFixed(2)} to ${high.toFixed(2)})`,
  ].join('\n');
}
