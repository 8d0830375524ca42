import * as tf from '@tensorflow/tfjs';
import { loadModel, saveModel, toArtifacts, Weight } from '@tfjs-optimize/core';
import { withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import { fileHandler } from '../../src/io/file-handler.js';
import { lookupArtifacts } from './lookup-model.js';

async function lookUp(handler: tf.io.IOHandler, words: string[]): Promise<number[]> {
  const model = await tf.loadGraphModel(handler);
  const input = tf.tensor1d(words);
  const output = (await model.executeAsync(input)) as tf.Tensor;
  const numbers = Array.from(output.dataSync());
  tf.dispose([input, output]);
  model.dispose();
  return numbers;
}

describe('a model with a hash table', () => {
  it('keeps its initializer through load and save', () =>
    withTempFolder(async (folder) => {
      const given = lookupArtifacts();
      const words = ['päron', 'plum', 'apple'];
      expect(await lookUp(tf.io.fromMemory(given), words), 'before').to.deep.equal([9, -1, 7]);
      const model = await loadModel(given);
      const out = path.join(folder, 'out');
      await saveModel(model, out);
      expect(await lookUp(fileHandler(out), words)).to.deep.equal([9, -1, 7]);
      const again = await loadModel(out);
      expect(toArtifacts(again)).to.deep.equal(toArtifacts(model));
      expect(again.weights.need('keys').values()).to.deep.equal(['apple', 'päron']);
      expect(again.weights.need('values')).to.be.instanceOf(Weight);
    }));

  it('asks its user for the words alone, not for the table', async () => {
    const model = await loadModel(lookupArtifacts());
    expect(model.signature.inputs.map(({ key }) => key)).to.deep.equal(['words']);
    expect(model.graph.has('handle')).to.equal(true);
  });
});
