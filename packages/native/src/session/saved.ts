import { builtIn, isOptimizeError, modelDigest, type Model } from '@tfjs-optimize/core';
import { saveSavedModel, type SavedModelOptions } from '../saved-model/save.js';

/** To be raised whenever what is written of a model changes, so that folders of earlier releases are not used. */
const FORM = 2;

/** Where a SavedModel is written for TensorFlow to load. */
export interface SavedOptions extends Pick<SavedModelOptions, 'weights' | 'signal'> {
  readonly cache?: string | undefined;
}

/**
 * Writes a model as a SavedModel, unless the cache has it, and hands its folder to `load`. Without a cache the folder
 * is a temporary one that is removed as soon as `load` is done, for TensorFlow reads all of it then, or else when the
 * process ends.
 */
export async function withSavedModel<T>(
  model: Model,
  { cache, ...how }: SavedOptions,
  load: (folder: string) => Promise<T>,
): Promise<T> {
  if (cache !== undefined) return load(await cached(model, cache, how));
  const fs = await builtIn('fs');
  const paths = await builtIn('path');
  const { tmpdir } = await builtIn('os');
  const temp = fs.mkdtempSync(paths.join(tmpdir(), 'tfjs-optimize-native-'));
  const remove = (): void => fs.rmSync(temp, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const folder = paths.join(temp, 'model');
    await saveSavedModel(model, folder, how);
    return await load(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** The folder of a model in a cache. Under its name there is never half a model, so that one that is there is used. */
async function cached(model: Model, cache: string, how: SavedModelOptions): Promise<string> {
  const paths = await builtIn('path');
  const name = `${modelDigest(model)}-${how.weights ?? 'auto'}-${FORM}`;
  const folder = paths.resolve(cache, name);
  if (await isThere(folder)) return folder;
  try {
    await saveSavedModel(model, folder, how);
  } catch (error) {
    // Another process may have written the same meanwhile.
    if (!isOptimizeError(error) || error.code !== 'native/exists' || !(await isThere(folder))) throw error;
  }
  return folder;
}

async function isThere(folder: string): Promise<boolean> {
  const fs = await builtIn('fs/promises');
  const paths = await builtIn('path');
  return fs.access(paths.join(folder, 'saved_model.pb')).then(
    () => true,
    () => false,
  );
}
