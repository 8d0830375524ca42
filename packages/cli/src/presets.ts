import { InvalidArgumentError } from 'commander';
import type { AnyPass, Pass, PassFactories } from '@tfjs-optimize/core';
import { fusionPasses } from '@tfjs-optimize/fusion';
import {
  dynamicPass,
  quantizationPasses,
  quantizeWeightsPass,
  WEIGHT_SCHEMES,
  type WeightScheme,
} from '@tfjs-optimize/quantization';
import { oneOf } from './options.js';

/** Every pass that a recipe may name at the command line. */
export const FACTORIES: PassFactories = {
  ...fusionPasses,
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

/** Which weights or products become whole numbers or short floats, without any data. */
export type Quantizing = WeightScheme | 'dynamic';

/** What `--quantize` may be. */
export const QUANTIZING: readonly Quantizing[] = [...WEIGHT_SCHEMES, 'dynamic'];

/** Reads what `--quantize` says. */
export function readQuantizing(text: string): Quantizing {
  if (text.trim() === 'static') {
    throw new InvalidArgumentError(
      'It needs data to calibrate with: call quantizeStatic of @tfjs-optimize/quantization in a program, or say dynamic, which needs none.',
    );
  }
  return oneOf(QUANTIZING)(text);
}

/** The pass behind that of the preset. `dynamic` takes all products with weights, depthwise ones too. */
export function quantizingPass(how: Quantizing): AnyPass {
  if (how !== 'dynamic') return quantizeWeightsPass({ scheme: how });
  return dynamicPass({ ops: ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'] });
}
