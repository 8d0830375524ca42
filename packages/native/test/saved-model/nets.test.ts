import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { loadModel, traceFunction, type Model } from '@tfjs-optimize/core';
import { nets, tempFolder } from '@tfjs-optimize/testing';
import { expectSameAnswers } from '../support/expect.js';
import { drawInputs } from '../support/inputs.js';
import { answersOfModel, answersOfSaved, needNode } from '../support/saved-model.js';

const seed = 5;

const NETS: Readonly<Record<string, () => Promise<Model>>> = {
  mlp: () => loadModel(nets.mlp({ seed })),
  lenet: () => loadModel(nets.lenet({ seed })),
  residual: () => loadModel(nets.residual({ seed })),
  'mobilenet v2': () => loadModel(nets.mobilenetV2({ seed, size: 96 })),
  'resnet 18': () => loadModel(nets.resnet18({ seed, size: 64 })),
  transformer: () => loadModel(nets.transformer({ seed })),
  bert: () => loadModel(nets.bert({ length: 16, hidden: 64, heads: 2, blocks: 2, seed })),
  'bert with norms in arithmetic': () =>
    loadModel(nets.bert({ length: 16, hidden: 64, heads: 2, blocks: 2, norms: 'arithmetic', seed })),
  'attention block': () => {
    const { call, weights } = nets.attentionBlock({ seed });
    const model = traceFunction(call, { shape: [null, 8, 16] });
    tf.dispose(weights as tf.Tensor[]);
    return Promise.resolve(model);
  },
};

describe('example nets as SavedModels', () => {
  for (const [name, make] of Object.entries(NETS)) {
    it(`${name} answers as in TensorFlow.js, at batches of 1 and 3`, async function () {
      this.timeout(120_000);
      const node = await needNode(this);
      await tf.setBackend('cpu');
      const model = await make();
      const inputs = drawInputs(model, { unknown: [1, 3], seed });
      const saved = await answersOfSaved(node, model, path.join(tempFolder(), 'saved'), inputs);
      expectSameAnswers(model, saved, await answersOfModel(model, inputs, 'wasm'));
      tf.dispose(inputs);
    });
  }
});
