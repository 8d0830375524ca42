import { builtIn, Digest, isOptimizeError, modelDigest, type Model } from '@tfjs-optimize/core';
import type { PrecisionPlan } from '../precision/plan.js';
import { writeModel, type WritingOptions } from '../saved-model/save.js';

/** To be raised whenever what is written of a model changes, so that folders of earlier releases are not used. */
const FORM = 3;

/** Where a SavedModel is written for TensorFlow to load. */
export interface SavedOptions extends Pick<WritingOptions, 'weights' | 'signal'> {
  readonly cache?: string | undefined;
}

/**
 * Writes a model as a SavedModel, unless the cache has it, and hands its folder to `load`. Without a cache the folder
 * is a temporary one that is removed as soon as `load` is done, for TensorFlow reads all of it then, or else when the
 * process ends.
 */
export async function withSavedModel<T>(
  model: Model,
  plan: PrecisionPlan,
  { cache, ...how }: SavedOptions,
  load: (folder: string) => Promise<T>,
): Promise<T> {
  if (cache !== undefined) return load(await cached(model, plan, cache, how));
  const fs = await builtIn('fs');
  const paths = await builtIn('path');
  const { tmpdir } = await builtIn('os');
  const temp = fs.mkdtempSync(paths.join(tmpdir(), 'tfjs-optimize-native-'));
  const remove = (): void => fs.rmSync(temp, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const folder = paths.join(temp, 'model');
    await writeModel(model, plan, folder, how);
    return await load(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** The folder of a model in a cache. Under its name there is never half a model, so that one that is there is used. */
async function cached(
  model: Model,
  plan: PrecisionPlan,
  cache: string,
  how: WritingOptions,
): Promise<string> {
  const paths = await builtIn('path');
  const parts = [modelDigest(model), how.weights ?? 'auto', plan.precision, ...keptPart(plan), FORM];
  const name = parts.join('-');
  const folder = paths.resolve(cache, name);
  if (await isThere(folder)) return folder;
  try {
    await writeModel(model, plan, folder, how);
  } catch (error) {
    // Another process may have written the same meanwhile.
    if (!isOptimizeError(error) || error.code !== 'native/exists' || !(await isThere(folder))) throw error;
  }
  return folder;
}

/** What tells models apart of which other nodes stay float32. */
function keptPart({ halves, kept }: PrecisionPlan): string[] {
  if (halves === undefined || kept.size === 0) return [];
  const digest = new Digest();
  for (const name of [...kept.keys()].sort()) digest.text(name);
  return [digest.hex()];
}

async function isThere(folder: string): Promise<boolean> {
  const fs = await builtIn('fs/promises');
  const paths = await builtIn('path');
  return fs.access(paths.join(folder, 'saved_model.pb')).then(
    () => true,
    () => false,
  );
}
