import { importFunction, loadModel } from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';

/**
 * Where a candidate is: the path or URL of a model, or a function that a module exports (`default` unless
 * told). Module paths are relative to the present folder; a bare name is that of an installed package.
 */
export type Location = string | { readonly module: string; readonly export?: string };

/** A candidate that was loaded, and what frees it again. */
export interface Opened {
  readonly candidate: Candidate;
  dispose(): void;
}

export function isLocation(value: unknown): value is Location {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && 'module' in value && typeof value.module === 'string';
}

/**
 * Loads what lies at a location.
 * @throws as `loadModel` does for models, `argument/invalid` for modules without the function.
 */
export async function open(location: Location, signal?: AbortSignal): Promise<Opened> {
  if (typeof location === 'string') {
    const model = await loadModel(location, { signal });
    return { candidate: model, dispose: () => model.dispose() };
  }
  const found = (await importFunction(location.module, location.export)) as Candidate;
  return { candidate: found, dispose: () => {} };
}
