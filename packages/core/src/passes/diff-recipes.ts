import type { Json } from '../json.js';
import type { Recipe, RecipeEntry } from './recipe.js';

/** One difference between two recipes. */
export interface RecipeDifference {
  /** Where: `seed`, or `passes[1] fusion/fold-batch-norm`, with `.option` where an option differs. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: Json;
  readonly after?: Json;
}

/**
 * What changed from one recipe to the other: passes added and removed (aligned by name along a
 * longest common subsequence) and options that differ, with both values.
 */
export function diffRecipes(before: Recipe, after: Recipe): RecipeDifference[] {
  const differences: RecipeDifference[] = [];
  if (before.seed !== after.seed) {
    differences.push({ path: 'seed', kind: 'changed', before: before.seed, after: after.seed });
  }
  for (const [left, right] of align(before.passes, after.passes)) {
    if (left !== undefined && right !== undefined) {
      const path = `passes[${after.passes.indexOf(right)}] ${right.name}`;
      differences.push(...diffValues(path, left.options, right.options));
    } else if (left !== undefined) {
      const path = `passes[${before.passes.indexOf(left)}] ${left.name}`;
      differences.push({ path, kind: 'removed', before: left.options });
    } else if (right !== undefined) {
      const path = `passes[${after.passes.indexOf(right)}] ${right.name}`;
      differences.push({ path, kind: 'added', after: right.options });
    }
  }
  return differences;
}

/** Differences as lines: `~ seed: 0 → 1`, `+ passes[2] …`, `- passes[0] …`. */
export function describeDifferences(differences: readonly RecipeDifference[]): string {
  if (differences.length === 0) return 'The recipes are the same.';
  const text = (value: Json | undefined): string => JSON.stringify(value);
  return differences
    .map(({ path, kind, before, after }) => {
      if (kind === 'changed') return `~ ${path}: ${text(before)} → ${text(after)}`;
      return kind === 'added' ? `+ ${path}: ${text(after)}` : `- ${path}: ${text(before)}`;
    })
    .join('\n');
}

type Pair = readonly [left: RecipeEntry | undefined, right: RecipeEntry | undefined];

/** Pairs entries of one name along a longest common subsequence; the others stand alone. */
function align(left: readonly RecipeEntry[], right: readonly RecipeEntry[]): Pair[] {
  const longest = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const same = left[i]?.name === right[j]?.name;
      (longest[i] as number[])[j] = same ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: Pair[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i]?.name === right[j]?.name) {
      pairs.push([left[i++], right[j++]]);
    } else if (j >= right.length || (i < left.length && at(i + 1, j) >= at(i, j + 1))) {
      pairs.push([left[i++], undefined]);
    } else {
      pairs.push([undefined, right[j++]]);
    }
  }
  return pairs;
}

function diffValues(path: string, before: Json | undefined, after: Json | undefined): RecipeDifference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (before === undefined) return [{ path, kind: 'added', after: after as Json }];
  if (after === undefined) return [{ path, kind: 'removed', before }];
  if (!isObject(before) || !isObject(after)) return [{ path, kind: 'changed', before, after }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => diffValues(`${path}.${key}`, before[key], after[key]));
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
