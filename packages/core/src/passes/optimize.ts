import { backend, type BackendReport } from '../backend/index.js';
import type { Model } from '../model.js';
import type { AnyPass, Note } from '../pass.js';
import { makeReport, type Report, type ReportOptions } from '../report/index.js';
import { makeContext, type RunOptions } from './context.js';
import { asksOf, runAll } from './pipeline.js';
import { passesOf, recipeOf, type PassFactories, type Recipe } from './recipe.js';

/** Options of {@link optimize}. */
export interface OptimizeOptions extends RunOptions {
  /** Makes the passes that a recipe names. */
  readonly factories?: PassFactories;
  /** Measure the model before and after; `evaluate` and `seed` are those of the run unless told. */
  readonly report?: boolean | ReportOptions;
}

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
  /** Before and after, where it was asked for. */
  readonly report?: Report;
}

/**
 * Runs passes over a model, one after the other.
 *
 * @param model what to optimize; it is not changed.
 * @param passes one pass or several, a preset, or a recipe whose passes `factories` make; its seed counts
 *   unless the options tell another.
 * @throws errors of the passes, naming the pass and those that ran before it; `recipe/...` for recipes
 *   that cannot be replayed; `context/missing`, before any pass runs, for what they take from `inputs`.
 */
export async function optimize(
  model: Model,
  passes: AnyPass | readonly AnyPass[] | Recipe,
  options: OptimizeOptions = {},
): Promise<Optimized> {
  const { list, seed } = listOf(passes, options);
  const recipe = recipeOf(list, seed);
  const context = makeContext({ ...options, seed });
  for (const name of asksOf(list)) context.inputs.need(name);
  const result = await runAll(list, model, context);
  for (const note of result.notes) context.note(note);
  const report = await reportOf(model, result.model, { ...options, seed });
  return { ...result, recipe, backend: backend.report(), ...(report && { report }) };
}

function listOf(
  passes: AnyPass | readonly AnyPass[] | Recipe,
  options: OptimizeOptions,
): { readonly list: readonly AnyPass[]; readonly seed: number } {
  if (isRecipe(passes)) {
    return { list: passesOf(passes, options.factories ?? {}), seed: options.seed ?? passes.seed };
  }
  const list = Array.isArray(passes) ? (passes as readonly AnyPass[]) : [passes as AnyPass];
  return { list, seed: options.seed ?? 0 };
}

function isRecipe(passes: AnyPass | readonly AnyPass[] | Recipe): passes is Recipe {
  return 'version' in passes && 'passes' in passes;
}

async function reportOf(before: Model, after: Model, options: OptimizeOptions): Promise<Report | undefined> {
  const { report, evaluate, seed, signal, progress } = options;
  if (report === undefined || report === false) return undefined;
  return makeReport(before, after, {
    ...(evaluate && { evaluate }),
    ...(seed !== undefined && { seed }),
    ...(signal && { signal }),
    ...(progress && { progress }),
    ...(report === true ? {} : report),
  });
}
