import { distillationPasses } from '@tfjs-optimize/distillation';
import {
  passesOf,
  trainingPasses,
  type AnyPass,
  type Pass,
  type PassFactories,
  type Recipe,
} from '@tfjs-optimize/core';
import { fusionPasses } from '@tfjs-optimize/fusion';
import { pruningPasses } from '@tfjs-optimize/pruning';
import {
  calibratePass,
  dynamicPass,
  quantizationPasses,
  quantizeWeightsPass,
  splitActivationsPass,
  staticPass,
  WEIGHT_SCHEMES,
  type WeightScheme,
} from '@tfjs-optimize/quantization';
import { oneOf } from './options.js';

/** Every pass that a recipe may name at the command line. */
export const FACTORIES: PassFactories = {
  ...trainingPasses,
  ...fusionPasses,
  ...distillationPasses,
  ...pruningPasses,
  ...quantizationPasses,
};

/** What `--preset` may be: `inference`, or the name of a single rule or pass of fusion, without its package. */
export const PRESET_NAMES: readonly string[] = Object.keys(fusionPasses).map((name) =>
  name.replace(/^.*\//, ''),
);

/** The pass of a preset. */
export function presetPass(preset: string): Pass | undefined {
  const name = Object.keys(fusionPasses).find((each) => each.endsWith(`/${preset}`));
  return fusionPasses[name ?? '']?.({}, () => []);
}

/** Which weights or products become whole numbers or short floats. */
export type Quantizing = WeightScheme | 'dynamic' | 'static';

/** What `--quantize` may be; `static` takes data to calibrate with. */
export const QUANTIZING: readonly Quantizing[] = [...WEIGHT_SCHEMES, 'dynamic', 'static'];

/** Reads what `--quantize` says. */
export const readQuantizing = oneOf(QUANTIZING);

/** The passes behind that of the preset. `dynamic` takes all products with weights, depthwise ones too. */
export function quantizingPasses(how: Quantizing): readonly AnyPass[] {
  if (how === 'static') return [splitActivationsPass(), calibratePass(), staticPass({ correctBias: 'data' })];
  if (how === 'dynamic') return [dynamicPass({ ops: ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'] })];
  return [quantizeWeightsPass({ scheme: how })];
}

/**
 * The passes of a recipe.
 * @throws `recipe/unknown-pass`.
 */
export function recipePasses(recipe: Recipe): Pass[] {
  return passesOf(recipe, FACTORIES);
}
