import * as v from 'valibot';
import { fail } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import { nearest } from '../nearest.js';
import type { AnyPass, Pass } from '../pass.js';
import { guard, GUARD } from './guard.js';
import { entryOf, pipeline, PIPELINE, untilStable, UNTIL_STABLE } from './pipeline.js';

/** Version of the recipe format that this release reads and writes. */
export const RECIPE_VERSION = 1;

/** One pass of a recipe. */
export interface RecipeEntry {
  readonly name: string;
  readonly options: JsonObject;
}

/** A run of passes as data: saved, compared and replayed to the same bytes. */
export interface Recipe {
  readonly version: typeof RECIPE_VERSION;
  readonly seed: number;
  readonly passes: readonly RecipeEntry[];
}

/** Makes a pass of a recipe's options; `build` makes those nested in them. */
export type PassFactory = (options: JsonObject, build: (entries: readonly RecipeEntry[]) => Pass[]) => Pass;

/** Factories by pass name. There is no global registry: the caller says which passes a recipe may use. */
export type PassFactories = Readonly<Record<string, PassFactory>>;

/** The recipe of passes. */
export function recipeOf(passes: readonly AnyPass[], seed = 0): Recipe {
  const recipe = { version: RECIPE_VERSION, seed, passes: passes.map(entryOf) };
  return parseRecipe(recipe);
}

/**
 * A recipe from JSON, checked.
 * @param json text, or a value as `JSON.parse` gives it.
 * @param name what the recipe is called in messages, such as the file that it is in.
 * @throws `recipe/schema` naming the place, `recipe/version`.
 */
export function parseRecipe(json: unknown, name = 'recipe'): Recipe {
  const value = typeof json === 'string' ? parseJson(json, name) : json;
  const version =
    typeof value === 'object' && value !== null ? (value as { version?: unknown }).version : undefined;
  if (version !== undefined && version !== RECIPE_VERSION) {
    fail('recipe/version', {
      subject: name,
      expected: `version ${RECIPE_VERSION}`,
      got: JSON.stringify(version),
      advice: 'Use the release that wrote it, or save it again with this one',
    });
  }
  const parsed = v.safeParse(RECIPE, value);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const isMissing = issue.received === 'undefined';
    fail('recipe/schema', {
      subject: `${name} at ${v.getDotPath(issue) ?? 'its top'}`,
      expected: isMissing ? 'a value, as every recipe has' : (issue.expected ?? 'another value'),
      got: isMissing ? 'none' : issue.received,
      ...(name === 'recipe' ? {} : { advice: 'Give a file that --save-recipe or stringifyRecipe wrote' }),
    });
  }
  checkPlain(value, name);
  return value as unknown as Recipe;
}

/** The text of a recipe: the same recipe gives the same text. */
export function stringifyRecipe(recipe: Recipe): string {
  return `${JSON.stringify(recipe, null, 2)}\n`;
}

/**
 * The passes of a recipe.
 * @throws `recipe/unknown-pass` naming near ones.
 */
export function passesOf(recipe: Recipe, factories: PassFactories): Pass[] {
  const known: PassFactories = { ...COMPOSITES, ...factories };
  const build = (entries: readonly RecipeEntry[]): Pass[] =>
    entries.map(({ name, options }) => {
      const factory = Object.hasOwn(known, name) ? known[name] : undefined;
      return factory === undefined ? unknownPass(name, known) : factory(options, build);
    });
  return build(recipe.passes);
}

function unknownPass(name: string, known: PassFactories): never {
  const near = nearest(name, Object.keys(known));
  fail('recipe/unknown-pass', {
    subject: `pass '${name}'`,
    expected: `one of ${Object.keys(known).join(', ')}`,
    got: 'a name that none has',
    advice: near === undefined ? 'Give its factory to passesOf' : `Did you mean '${near}'?`,
  });
}

const COMPOSITES: PassFactories = {
  [PIPELINE]: (options, build) => {
    const { label, passes } = nested(options, { label: v.string() });
    return pipeline(label, build(passes));
  },
  [UNTIL_STABLE]: (options, build) => {
    const { maxRounds, passes } = nested(options, { maxRounds: v.number() });
    return untilStable(build(passes), { maxRounds });
  },
  [GUARD]: (options, build) => {
    const { maxDrop, metric, passes } = nested(options, {
      maxDrop: v.number(),
      metric: v.optional(v.string()),
    });
    const [pass] = build(passes);
    if (pass === undefined || passes.length > 1) {
      fail('recipe/schema', { subject: GUARD, expected: 'one pass', got: `${passes.length}` });
    }
    return guard(pass, { maxDrop, ...(metric === undefined ? {} : { metric }) });
  },
};

const ENTRY = v.strictObject({
  name: v.pipe(v.string(), v.nonEmpty()),
  options: v.record(v.string(), v.unknown()),
});
const RECIPE = v.strictObject({
  version: v.literal(RECIPE_VERSION),
  seed: v.pipe(v.number(), v.integer()),
  passes: v.array(ENTRY),
});

/** The options of a pass that holds others, checked. */
function nested<E extends v.ObjectEntries>(
  options: JsonObject,
  entries: E,
): v.InferOutput<v.ObjectSchema<E, undefined>> & { readonly passes: readonly RecipeEntry[] } {
  const parsed = v.safeParse(v.strictObject({ ...entries, passes: v.array(ENTRY) }), options);
  if (parsed.success) return parsed.output as never;
  const issue = parsed.issues[0];
  return fail('recipe/schema', {
    subject: `options at ${v.getDotPath(issue) ?? 'their top'}`,
    expected: issue.expected ?? 'another value',
    got: issue.received,
  });
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return fail('recipe/schema', {
      subject,
      expected: 'JSON',
      got: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/** Deeper than any recipe nests; deeper values would overflow the stack of what reads them. */
const MAX_DEPTH = 100;

/** Refuses what JSON would lose or change: functions, undefined, NaN, cycles, class instances, `__proto__`. */
export function checkPlain(
  value: unknown,
  where: string,
  above: readonly unknown[] = [],
): asserts value is Json {
  const refuse = (got: string): never =>
    fail('recipe/schema', { subject: where, expected: 'a value that JSON keeps as it is', got });
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? undefined
      : refuse(Object.is(value, -0) ? '-0' : String(value));
  if (typeof value !== 'object') return refuse(`a value of type ${typeof value}`);
  if (above.length > MAX_DEPTH) return refuse(`nesting of more than ${MAX_DEPTH} levels`);
  if (above.includes(value)) return refuse('an object that holds itself');
  const inside = [...above, value];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkPlain(value[i], `${where}[${i}]`, inside);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse(`an object of a class`);
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return refuse("a key '__proto__'");
    checkPlain(item, `${where}.${key}`, inside);
  }
}
