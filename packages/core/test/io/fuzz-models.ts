import * as tf from '@tensorflow/tfjs';
import { toPackedArtifacts } from '../../src/io/artifacts.js';
import { filesOf, type ModelFiles } from './model-files.js';
import { lookupArtifacts } from './lookup-model.js';
import { biasedModel, integerModel } from './packed-model.js';
import { smallModel } from './small-model.js';

/** Files of artifacts of either format, in two shards. */
function filesOfArtifacts({ weightSpecs, weightData, ...json }: tf.io.ModelArtifacts): ModelFiles {
  const bytes = new Uint8Array(weightData as ArrayBuffer);
  const middle = Math.floor(bytes.length / 2);
  const shards = new Map([
    ['a.bin', bytes.subarray(0, middle)],
    ['b.bin', bytes.subarray(middle)],
  ]);
  const weightsManifest = [{ paths: [...shards.keys()], weights: weightSpecs }];
  return { json: JSON.parse(JSON.stringify({ ...json, weightsManifest })) as ModelFiles['json'], shards };
}

async function filesOfLayers(model: tf.LayersModel): Promise<ModelFiles> {
  let files: ModelFiles | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      files = filesOfArtifacts(artifacts);
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const },
      });
    }),
  );
  model.dispose();
  return files as ModelFiles;
}

function functional(): tf.LayersModel {
  const [image, flag] = [tf.input({ shape: [6, 6, 2] }), tf.input({ shape: [3] })];
  const conv = tf.layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }).apply(image);
  const norm = tf.layers.batchNormalization().apply(conv);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(norm) as tf.SymbolicTensor;
  const joined = tf.layers.concatenate().apply([pooled, flag]);
  const out = tf.layers.dense({ units: 2, activation: 'softmax' }).apply(joined) as tf.SymbolicTensor;
  return tf.model({ inputs: [image, flag], outputs: out });
}

function recurrent(): tf.LayersModel {
  const lstm = tf.layers.lstm({ units: 3, inputShape: [4, 2], returnSequences: true });
  return tf.sequential({
    layers: [lstm, tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) })],
  });
}

/** Names of the models whose files carry a checksum of their weights. */
export const WITH_CHECKSUM: ReadonlySet<string> = new Set(['packed', 'integer']);

/** Small models of every kind that is read, by name. */
export async function fuzzModels(): Promise<ReadonlyMap<string, ModelFiles>> {
  return new Map([
    ['graph', filesOf(smallModel(), [5, 14])],
    ['hash table', filesOfArtifacts(lookupArtifacts())],
    ['functional', await filesOfLayers(functional())],
    ['recurrent', await filesOfLayers(recurrent())],
    ['packed', filesOfArtifacts(toPackedArtifacts(biasedModel()))],
    ['integer', filesOfArtifacts(toPackedArtifacts(integerModel()))],
  ]);
}
