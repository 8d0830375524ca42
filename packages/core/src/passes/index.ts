export { makeContext, type RunOptions } from './context.js';
export { describeDifferences, diffRecipes, type RecipeDifference } from './diff-recipes.js';
export { guard, type GuardOptions } from './guard.js';
export { optimize, type Optimized, type OptimizeOptions } from './optimize.js';
export {
  pipeline,
  untilStable,
  type Chained,
  type Given,
  type StableOptions,
  type Taken,
} from './pipeline.js';
export {
  parseRecipe,
  passesOf,
  RECIPE_VERSION,
  recipeOf,
  stringifyRecipe,
  type PassFactories,
  type PassFactory,
  type Recipe,
  type RecipeEntry,
} from './recipe.js';
export { runPass } from './run-pass.js';
