import type { CollectOptions } from '@tfjs-optimize/benchmark';
import {
  backend,
  fail,
  isOptimizeError,
  throwIfAborted,
  type BackendName,
  type BackendReport,
} from '@tfjs-optimize/core';
import type { BackendChoice } from '../measuring.js';
import { timingOf, type TimedOptions } from './timing.js';

/** Backends that were asked for: those that start, and why others do not. */
export interface Started {
  readonly names: readonly BackendName[];
  readonly missing: readonly { readonly name: BackendName; readonly reason: string }[];
  /** What `auto` passed over and why, in words. */
  readonly passedOver: readonly string[];
}

/**
 * Finds out which of several backends start; the first of them is in use then. Of one that was asked for
 * alone a failure is an error; of several those that are left are measured.
 *
 * @throws `backend/missing` or `backend/failed` where none starts, `aborted`.
 */
export async function startBackends(
  choices: readonly BackendChoice[],
  signal: AbortSignal,
): Promise<Started> {
  const names = new Set<BackendName>();
  const missing: { name: BackendName; reason: string }[] = [];
  let passed: readonly string[] = [];
  for (const choice of choices) {
    throwIfAborted(signal, 'starting backends');
    try {
      const report = await backend.use(choice);
      names.add(report.name);
      if (choice === 'auto') passed = passedOver(report);
    } catch (error) {
      const isMissing = isOptimizeError(error) && error.code.startsWith('backend/');
      if (choices.length === 1 || choice === 'auto' || !isMissing) throw error;
      missing.push({ name: choice, reason: error.message });
    }
  }
  const [first] = names;
  if (first === undefined) {
    fail('backend/failed', {
      subject: `--backend ${choices.join(',')}`,
      expected: 'one that starts',
      got: missing.map(({ reason }) => reason).join(' '),
    });
  }
  await backend.use(first);
  return { names: [...names], missing, passedOver: passed };
}

/** Backends that `auto` looked at before the one that it took, and why it did not take them. */
function passedOver({ attempts }: BackendReport): string[] {
  return attempts.flatMap(({ name, outcome, reason }) =>
    outcome === 'used' ? [] : [`${name} was tried first: ${reason}`],
  );
}

/** The trial of each backend that was asked for, those that are not there included, where it was several. */
export function trialsOf(
  { names, missing }: Started,
  options: TimedOptions,
): Pick<CollectOptions, 'backends'> {
  if (options.backend.length < 2) return {};
  return { backends: { backends: [...names, ...missing.map(({ name }) => name)], ...timingOf(options) } };
}
