import type * as tf from '@tensorflow/tfjs';
import { builtIn } from '../built-in.js';
import { joinBuffers } from './artifacts.js';
import { fileStore, toPath } from './file-store.js';
import { readArtifacts } from './memory.js';
import { readStore } from './store.js';
import { writeModel, type WriteOptions } from './write.js';

/**
 * A `tf.io.IOHandler` over files, for every backend and without tfjs-node: both formats can be loaded
 * from it (`tf.loadLayersModel(fileHandler('model/model.json'))`) and saved to it
 * (`await model.save(fileHandler('out'))`).
 *
 * @param location loading: path or file:// URL of a model.json or its folder; saving: a folder to make.
 * @param options of saving; see `saveModel`.
 */
export function fileHandler(location: string, options: WriteOptions = {}): tf.io.IOHandler {
  return {
    load: () => loadArtifacts(location),
    save: (artifacts) => saveArtifacts(artifacts, location, options),
  };
}

async function loadArtifacts(location: string): Promise<tf.io.ModelArtifacts> {
  const { json, weights } = await readStore(await fileStore(location));
  const { weightsManifest, ...rest } = json;
  // Checked by readStore; TensorFlow.js gets the entries as they are, with fields of its own in them.
  const groups = (weightsManifest ?? []) as unknown as tf.io.WeightsManifestConfig;
  return {
    ...(rest as tf.io.ModelArtifacts),
    weightSpecs: groups.flatMap((group) => group.weights),
    weightData: joinBuffers(Array.from(weights, ([, weight]) => weight.bytes)),
  };
}

async function saveArtifacts(
  artifacts: tf.io.ModelArtifacts,
  location: string,
  options: WriteOptions,
): Promise<tf.io.SaveResult> {
  const { weightSpecs, weightData: _, getWeightStream: __, ...json } = artifacts;
  const { weights } = await readArtifacts(artifacts);
  const parts = Array.from(weights, ([, weight]) => weight.bytes);
  const fs = await builtIn('fs/promises');
  const files = await writeModel(
    await toPath(location),
    { json, specs: weightSpecs ?? [], parts },
    options,
    fs,
  );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const jsonBytes = files[0]?.bytes ?? 0;
  return {
    modelArtifactsInfo: {
      dateSaved: new Date(),
      modelTopologyType: 'JSON',
      modelTopologyBytes: jsonBytes,
      weightDataBytes: bytes - jsonBytes,
    },
  };
}
