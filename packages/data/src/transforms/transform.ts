import { fail, importFunction, valueText, type Random } from '@tfjs-optimize/core/plain';
import { absolute, isModuleRef, type ModuleRef } from '../dataset.js';
import type { Sample } from '../sample.js';
import { augmentationOf, isAugmentation, type Augmentation } from './augment.js';

/** What a transform gets to know of its sample. */
export interface TransformContext {
  /** Numbers of this sample in this epoch alone: the same for the same seed, whoever reads it. */
  readonly random: Random;
  /** Number of the sample in its data set; of a stream, how many came before it. */
  readonly index: number;
  readonly epoch: number;
  /** `options` of a {@link ModuleRef}. */
  readonly options?: unknown;
}

/** Makes a sample of another. */
export type Transform = (sample: Sample, context: TransformContext) => Sample | Promise<Sample>;

/** A function, one in a module, or an augmentation of this package. */
export type TransformOption = Transform | ModuleRef | Augmentation;

/** A transform that threads can be told of. */
export type PlainTransform = ModuleRef | Augmentation;

/**
 * Transforms as a list, modules by their URLs.
 * @throws `argument/invalid` for what is no transform.
 */
export async function transformsOf(
  option: TransformOption | readonly TransformOption[] | undefined,
): Promise<TransformOption[]> {
  const list = option === undefined ? [] : [option].flat();
  return Promise.all(list.map(async (each) => (isModuleRef(each) ? absolute(each) : each)));
}

/** @throws `argument/invalid` for what is no transform. */
export function checkTransforms(option: unknown): void {
  for (const each of option === undefined ? [] : [option].flat()) {
    if (typeof each === 'function' || isModuleRef(each) || isAugmentation(each)) continue;
    fail('argument/invalid', {
      subject: 'transform',
      expected: "a function, {module, export, options}, or what 'augment' makes",
      got: valueText(each),
    });
  }
}

/** All of them, one after the other; undefined where there are none. */
export async function loadTransforms(list: readonly TransformOption[]): Promise<Transform | undefined> {
  const steps = await Promise.all(list.map(loadTransform));
  const [only] = steps;
  if (steps.length < 2) return only;
  return async (sample, context) => {
    let changed = sample;
    for (const step of steps) changed = await step(changed, context);
    return changed;
  };
}

async function loadTransform(option: TransformOption): Promise<Transform> {
  if (typeof option === 'function') return option;
  if (isAugmentation(option)) return augmentationOf(option);
  const found = (await importFunction(String(option.module), option.export)) as Transform;
  return (sample, context) => found(sample, { ...context, options: option.options });
}
