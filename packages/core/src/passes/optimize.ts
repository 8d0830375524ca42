import { backend, type BackendReport } from '../backend/index.js';
import type { Model } from '../model.js';
import type { AnyPass, Note } from '../pass.js';
import { makeContext, type RunOptions } from './context.js';
import { runAll } from './pipeline.js';
import { recipeOf, type Recipe } from './recipe.js';

/** What {@link optimize} gives back. */
export interface Optimized {
  /** The result; the very model given when nothing changed. */
  readonly model: Model;
  readonly changed: boolean;
  /** What the passes did and declined, in order. */
  readonly notes: readonly Note[];
  /** The run as data: the same recipe on the same model gives the same bytes. */
  readonly recipe: Recipe;
  /** How the backend was chosen, where `backend.use` chose it. */
  readonly backend: BackendReport | undefined;
}

/**
 * Runs passes over a model, one after the other.
 *
 * @param model what to optimize; it is not changed.
 * @param passes one pass or several, as a preset or `passesOf(recipe, factories)` gives them.
 * @throws errors of the passes, naming the pass and those that ran before it.
 */
export async function optimize(
  model: Model,
  passes: AnyPass | readonly AnyPass[],
  options: RunOptions = {},
): Promise<Optimized> {
  const list = Array.isArray(passes) ? (passes as readonly AnyPass[]) : [passes as AnyPass];
  const recipe = recipeOf(list, options.seed ?? 0);
  const context = makeContext(options);
  const result = await runAll(list, model, context);
  for (const note of result.notes) context.note(note);
  return { ...result, recipe, backend: backend.report() };
}
