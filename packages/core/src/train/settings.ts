import { fail } from '../errors.js';
import { Digest } from '../graph/digest.js';
import type { FitOptions } from './fit.js';
import type { Training } from './training.js';

/** What must be the same when a training goes on, by names that users know. */
export type Settings = Readonly<Record<string, number | string | boolean>>;

/**
 * Settings on which the bits of a result hang, as far as they can be compared: functions (schedules, losses of one's
 * own, augmentations) and data that are made as they are read cannot. The number of epochs is none of them, so that a
 * training can be made longer.
 */
export async function settingsOf(training: Omit<Training, 'saving'>): Promise<Settings> {
  const { options, plan, source, validation, trainer, stepper } = training;
  const { seed = 0, shuffle = true, restoreBest = false, clip } = options;
  const data = await source.fingerprint?.();
  const measured = isBestNeeded(options) ? await validation?.fingerprint?.() : undefined;
  return {
    ...{ seed, shuffle, restoreBest, batchSize: plan.batchSize, accumulate: plan.accumulate },
    ...told('stepsPerEpoch', options.stepsPerEpoch),
    ...told('examples', source.size),
    ...told('data', data),
    ...told('validation', measured),
    ...trainer.described(),
    ...told('trainable', digestOf(trainer.weights.trained)),
    ...told('trainsBatchNorm', options.trainsBatchNorm),
    ...told('momentum', options.momentum),
    ...told('clip.norm', clip?.norm),
    ...told('clip.value', clip?.value),
    ...stepper.described(),
  };
}

/** Whether something hangs on which epoch was the best. */
export function isBestNeeded({ restoreBest = false, earlyStopping }: FitOptions): boolean {
  return restoreBest || earlyStopping !== undefined;
}

function told(name: string, value: Settings[string] | undefined): Settings {
  return value === undefined ? {} : { [name]: value };
}

function digestOf(names: readonly string[]): string {
  const digest = new Digest();
  for (const name of names) digest.text(name);
  return digest.hex();
}

/** Settings whose values say nothing to people. */
const HASHES: Readonly<Record<string, readonly [expected: string, got: string]>> = {
  data: ['a training on these examples', 'one on others'],
  validation: ['a training measured on these validation examples', 'one measured on others'],
  trainable: ['a training of these weights', 'one of others'],
};

/** Refuses to go on with other settings. */
export function checkSettings(now: Settings, before: Settings, folder: string): void {
  for (const name of new Set([...Object.keys(now), ...Object.keys(before)])) {
    if (now[name] === before[name]) continue;
    const hash = Object.hasOwn(HASHES, name) ? HASHES[name] : undefined;
    fail('train/checkpoint', {
      subject: folder,
      expected: hash?.[0] ?? `a training ${withText(name, now[name])}`,
      got: hash?.[1] ?? `one ${withText(name, before[name])}`,
      advice: 'Resume with the settings and data that it began with, or choose another folder',
    });
  }
}

function withText(name: string, value: Settings[string] | undefined): string {
  return value === undefined ? `without ${name}` : `with ${name} ${value}`;
}
