import {
  fail,
  isOptimizeError,
  passesOf,
  type Pass,
  type PassFactories,
  type Recipe,
} from '@tfjs-optimize/core';
import { fusionPasses } from '@tfjs-optimize/fusion';

/** Every pass that a recipe may name at the command line. */
export const FACTORIES: PassFactories = fusionPasses;

/** What `--preset` may be: `inference`, or the name of a single rule or pass, without its package. */
export const PRESET_NAMES: readonly string[] = Object.keys(FACTORIES).map((name) =>
  name.replace(/^.*\//, ''),
);

/** The pass of a preset. */
export function presetPass(preset: string): Pass | undefined {
  const name = Object.keys(FACTORIES).find((each) => each.endsWith(`/${preset}`));
  return FACTORIES[name ?? '']?.({}, () => []);
}

/** Passes that take what no command can give, and what that is. */
const LIVE: PassFactories = {
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
