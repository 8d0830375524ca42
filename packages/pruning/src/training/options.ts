import { checkOptions, optionKinds, type OptionKind, type OptionKinds } from '@tfjs-optimize/core';
import type { PruningCourse, TrainingSelection } from './mask-plan.js';

const { code, either, list, object } = optionKinds;

const schedule = {
  expected: 'a schedule, such as sparsities.polynomial({ to: 0.8 })',
  fits: (value: unknown): boolean =>
    object.fits(value) && typeof (value as { over?: unknown }).over === 'function',
};
const COURSE: OptionKinds<PruningCourse> = {
  schedule,
  method: { ...code, expected: 'a method, such as maskBy.magnitude()' },
};
const perLayerKind: OptionKind = {
  expected: 'sparsities or courses by the names of layers',
  fits: (value) =>
    object.fits(value) &&
    Object.values(value as object).every((one) => typeof one === 'number' || object.fits(one)),
};
export const TRAINING_KINDS: OptionKinds<TrainingSelection> = {
  ...COURSE,
  layers: either(list, code),
  exclude: either(list, code),
  weights: either(list, code),
  perLayer: perLayerKind,
};

/** Refuses options that are not of their kind. */
export function checkTraining(options: TrainingSelection, where: string): void {
  checkOptions<TrainingSelection>(options, TRAINING_KINDS, { where, needed: ['schedule'] });
  if (options.perLayer !== undefined) checkPerLayer(options.perLayer, where, COURSE);
}

/** Refuses what are no sparsities or courses by the names of layers. */
export function checkPerLayer<T>(perLayer: object, where: string, course: OptionKinds<T>): void {
  checkOptions({ perLayer }, { perLayer: perLayerKind }, { where });
  for (const [name, own] of Object.entries(perLayer)) {
    if (typeof own !== 'number') checkOptions<T>(own, course, { where: `${where}.perLayer.${name}` });
  }
}
