import { fail, type Timing } from '@tfjs-optimize/core';
import {
  RECORD_VERSION,
  type Distribution,
  type InputRecord,
  type Machine,
  type Measurement,
} from '../record/measurement.js';
import { distribution } from '../stats/distribution.js';

/** What is known of a measurement beside its times. */
export interface MeasuredOn {
  readonly name: string;
  readonly machine: Machine;
  readonly inputs: readonly InputRecord[];
  readonly examples: number;
  readonly firstCallMs: number;
  readonly kernel: Distribution | undefined;
}

/** The record of one candidate's times. */
export function measurementOf(timing: Timing, { kernel, ...on }: MeasuredOn): Measurement {
  const { samples, callsPerSample, warmUp } = timing;
  const { calls, ms, stable } = warmUp;
  const measured = {
    version: RECORD_VERSION,
    ...on,
    warmUp: { calls, ms, stable },
    callsPerSample,
    ...summaryOf(samples, on.examples),
  } as const;
  return kernel === undefined ? measured : { ...measured, kernel };
}

/**
 * One measurement of the samples of two: those of `a`, then those of `b`. The first call is that of `a`.
 * Kernel times, of which there are no samples, are left out.
 * @throws `argument/invalid` unless both have the same name, machine and inputs.
 */
export function mergeMeasurements(a: Measurement, b: Measurement): Measurement {
  for (const part of ['version', 'name', 'machine', 'inputs', 'examples'] as const) {
    if (canonical(a[part]) === canonical(b[part])) continue;
    fail('argument/invalid', {
      subject: `measurement '${b.name}'`,
      expected: `the same ${part} as that to merge with, ${JSON.stringify(a[part])}`,
      got: JSON.stringify(b[part]),
    });
  }
  const { kernel: _, ...rest } = a;
  return {
    ...rest,
    warmUp: {
      calls: a.warmUp.calls + b.warmUp.calls,
      ms: a.warmUp.ms + b.warmUp.ms,
      stable: a.warmUp.stable && b.warmUp.stable,
    },
    callsPerSample: Math.min(a.callsPerSample, b.callsPerSample),
    ...summaryOf([...a.samples, ...b.samples], a.examples),
  };
}

function summaryOf(
  samples: readonly number[],
  examples: number,
): Pick<Measurement, 'samples' | 'latency' | 'throughput'> {
  const latency = distribution(samples);
  return { samples, latency, throughput: latency.p50 > 0 ? (1000 * examples) / latency.p50 : 0 };
}

/** JSON that does not depend on the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
