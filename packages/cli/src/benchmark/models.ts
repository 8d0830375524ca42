import * as path from 'node:path';
import { loadModel, type Model, type Progress } from '@tfjs-optimize/core';

/** Models by the names that records and tables give them, in the order in which they were given. */
export type NamedModels = Readonly<Record<string, Model>>;

/** Models that were loaded, and the first of them, which others are held against. */
export interface Loaded {
  readonly models: NamedModels;
  readonly name: string;
  readonly model: Model;
}

/** Loads models, at least one, and hands them to `work`; they are disposed of when it is done. */
export async function withModels<T>(
  locations: readonly string[],
  watch: { readonly signal: AbortSignal; readonly progress: (event: Progress) => void },
  work: (loaded: Loaded) => Promise<T>,
): Promise<T> {
  const names = namesOf(locations);
  const models: Record<string, Model> = {};
  try {
    for (const [i, location] of locations.entries()) {
      models[names[i] as string] = await loadModel(location, watch);
    }
    const name = names[0] as string;
    return await work({ models, name, model: models[name] as Model });
  } finally {
    for (const model of Object.values(models)) model.dispose();
  }
}

/**
 * What models are called: the folder of each model.json, or the file's own name where it has another. Names
 * that several would have are told apart by the folders above, at last by a number. A name that is a
 * number, as of versions in folders of their own, gets the folder above, too: JavaScript would sort it.
 */
export function namesOf(locations: readonly string[]): string[] {
  const parts = locations.map(partsOf);
  const names = parts.map((each) => {
    for (let depth = 1; depth <= each.length; depth++) {
      const name = each.slice(-depth).join('/');
      const others = parts.filter((other) => other.slice(-depth).join('/') === name);
      if (others.length === 1 && !/^\d+$/.test(name)) return name;
    }
    const last = each.at(-1) ?? 'model';
    return /^\d+$/.test(last) ? `model ${last}` : last;
  });
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

function partsOf(location: string): string[] {
  const isUrl = /^[a-z]+:\/\//.test(location);
  const whole = isUrl ? decodeURIComponent(new URL(location).pathname) : path.resolve(location);
  const parts = whole.split(/[\\/]/).filter((part) => part !== '');
  const last = parts.at(-1) ?? 'model';
  if (last === 'model.json') parts.pop();
  else if (last.endsWith('.json')) parts[parts.length - 1] = last.slice(0, -'.json'.length);
  return parts.length === 0 ? ['model'] : parts;
}

/** Layers models among them, which are timed as the graphs that tracing makes of them. */
export function tracedNote(models: NamedModels): string[] {
  const traced = Object.entries(models).flatMap(([name, { source }]) =>
    source.kind === 'layers-model' ? [name] : [],
  );
  if (traced.length === 0) return [];
  const verb = traced.length === 1 ? 'is a layers model' : 'are layers models';
  return [
    `${traced.join(', ')} ${verb}: timed as the graph that makes the same kernel calls, which is somewhat quicker than predict() of TensorFlow.js.`,
  ];
}
