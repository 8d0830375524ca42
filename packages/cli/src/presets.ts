import { InvalidArgumentError } from 'commander';
import {
  fail,
  isOptimizeError,
  passesOf,
  type AnyPass,
  type Pass,
  type PassFactories,
  type Recipe,
} from '@tfjs-optimize/core';
import { fusionPasses } from '@tfjs-optimize/fusion';
import {
  dynamicPass,
  quantizationPasses,
  quantizeWeightsPass,
  WEIGHT_SCHEMES,
  type WeightScheme,
} from '@tfjs-optimize/quantization';
import { oneOf } from './options.js';

const { 'quantization/calibrate': _calibrate, ...withoutCalibrate } = quantizationPasses;

/** Every pass that a recipe may name at the command line. */
export const FACTORIES: PassFactories = {
  ...fusionPasses,
  ...withoutCalibrate,
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

/** Which weights or products become whole numbers or short floats, without any data. */
export type Quantizing = WeightScheme | 'dynamic';

/** What `--quantize` may be. */
export const QUANTIZING: readonly Quantizing[] = [...WEIGHT_SCHEMES, 'dynamic'];

/** Reads what `--quantize` says. */
export function readQuantizing(text: string): Quantizing {
  if (text.trim() === 'static') {
    throw new InvalidArgumentError(
      `It must be one of ${QUANTIZING.join(', ')} (static needs data to calibrate with: call quantizeStatic of @tfjs-optimize/quantization in a program).`,
    );
  }
  return oneOf(QUANTIZING)(text);
}

/** The pass behind that of the preset. `dynamic` takes all products with weights, depthwise ones too. */
export function quantizingPass(how: Quantizing): AnyPass {
  if (how !== 'dynamic') return quantizeWeightsPass({ scheme: how });
  return dynamicPass({ ops: ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'] });
}

/** Passes that take what no command can give, and what that is. */
const LIVE: PassFactories = {
  'quantization/calibrate': () =>
    fail('recipe/unknown-pass', {
      subject: "pass 'quantization/calibrate'",
      expected: 'passes that take a model alone',
      got: 'one that takes data, too',
      advice:
        'Run the recipe in a program: optimize(model, recipe, { factories: { ...fusionPasses, ...quantizationPasses }, ' +
        'inputs: { data } }), with quantizationPasses of @tfjs-optimize/quantization',
    }),
  'distillation/distill': () =>
    fail('recipe/unknown-pass', {
      subject: "pass 'distillation/distill'",
      expected: 'passes that take a model alone',
      got: 'one that takes a teacher and data, too',
      advice:
        'Run the recipe in a program: optimize(model, recipe, { factories: distillationPasses, inputs: { teacher, ' +
        'data } }), with distillationPasses of @tfjs-optimize/distillation',
    }),
};

/**
 * The passes of a recipe.
 * @throws `recipe/unknown-pass` also for passes that are known and cannot run here, telling where they can.
 */
export function recipePasses(recipe: Recipe): Pass[] {
  try {
    return passesOf(recipe, FACTORIES);
  } catch (error) {
    // Only what is unknown here is looked up there, so that these passes are not offered to anybody.
    if (isOptimizeError(error) && error.code === 'recipe/unknown-pass')
      passesOf(recipe, { ...FACTORIES, ...LIVE });
    throw error;
  }
}
