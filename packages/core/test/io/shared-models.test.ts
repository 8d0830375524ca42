import * as tf from '@tensorflow/tfjs';
import { fileHandler, loadModel, saveModel, toArtifacts, type JsonObject } from '@tfjs-optimize/core';
import { needShared, sharedDir, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = sharedDir('data', 'models');
const names = root === undefined ? [] : fs.readdirSync(root).sort();

interface ModelJson {
  readonly modelTopology: { readonly node?: readonly JsonObject[] };
  readonly weightsManifest: tf.io.WeightsManifestConfig;
}

const readJson = (folder: string): ModelJson =>
  JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8')) as ModelJson;
const sizeOfWeights = (folder: string): number =>
  readJson(folder)
    .weightsManifest.flatMap(({ paths }) => paths)
    .reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);

/** Decoded weights, by stock TensorFlow.js, as the bytes of their numbers. */
async function decoded(folder: string): Promise<Map<string, Buffer>> {
  const { weightData, weightSpecs } = await (
    fileHandler(folder).load as () => Promise<tf.io.ModelArtifacts>
  )();
  const tensors = tf.io.decodeWeights(weightData as ArrayBuffer, weightSpecs as tf.io.WeightsManifestEntry[]);
  const out = new Map<string, Buffer>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const values = tensor.dataSync();
    out.set(name, Buffer.from(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength)));
  }
  tf.dispose(tensors);
  return out;
}

describe('shared models', function () {
  this.timeout(60_000);
  before(function () {
    needShared(this, 'data', 'models');
    expect(names.length).to.be.greaterThan(0);
  });

  for (const name of names) {
    const folder = path.join(root as string, name);
    const isGraph = readJson(folder).modelTopology.node !== undefined;

    it(`${name} is read, saved and loaded by stock TensorFlow.js with every weight bit for bit`, () =>
      withTempFolder(async (temp) => {
        const out = path.join(temp, 'out');
        const tensors = tf.memory().numTensors;
        const model = await loadModel(folder);
        expect(model.source.kind).to.equal(isGraph ? 'graph-model' : 'layers-model');
        expect(model.source.notes).to.deep.equal([]);
        await saveModel(model, out);
        expect(tf.memory().numTensors).to.equal(tensors);
        const stock = await tf.loadGraphModel(fileHandler(out));
        expect(stock.inputs.length).to.equal(model.signature.inputs.length);
        stock.dispose();
        const [before, after] = [await decoded(folder), await decoded(out)];
        for (const [weight, bytes] of before) {
          const same = after.get(weight);
          expect(same !== undefined && same.equals(bytes), `weight ${weight}`).to.equal(true);
        }
        if (isGraph) expect(sizeOfWeights(out)).to.equal(sizeOfWeights(folder));
        // Tracing adds the few constants that layers have in their code.
        else expect(sizeOfWeights(out) - sizeOfWeights(folder)).to.be.within(0, 4096);
      }));

    if (!isGraph) continue;
    it(`${name} keeps every node and its signature word for word`, async () => {
      const file = readJson(folder) as ModelJson & { signature?: object; userDefinedMetadata?: object };
      const written = toArtifacts(await loadModel(folder));
      const nameOf = (node: JsonObject): string => node['name'] as string;
      const byName = (nodes: readonly JsonObject[]): JsonObject[] =>
        [...nodes].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
      const { node } = written.modelTopology as { node: JsonObject[] };
      expect(byName(node)).to.deep.equal(byName(file.modelTopology.node as JsonObject[]));
      expect(written.signature).to.deep.equal(file.signature);
      expect(written.userDefinedMetadata).to.deep.equal(file.userDefinedMetadata);
    });
  }

  it('the Keras 3 export is read as published, like its repaired twin', async () => {
    const folder = path.join(root as string, 'fashion-cnn-keras3-layers');
    const published = await loadModel(path.join(folder, 'model.keras3-original.json'));
    expect(toArtifacts(published)).to.deep.equal(toArtifacts(await loadModel(folder)));
  });
});
