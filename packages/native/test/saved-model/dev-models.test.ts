import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { loadModel, optimize } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { needShared, tempFolder } from '@tfjs-optimize/testing';
import { expectSameAnswers } from '../support/expect.js';
import { drawInputs } from '../support/inputs.js';
import { answersOfModel, answersOfSaved, needNode } from '../support/saved-model.js';
import { DEV_MODELS } from './dev-models.js';

describe('dev models as SavedModels', () => {
  for (const { name, backend, ...draw } of DEV_MODELS) {
    it(`${name} answers as in TensorFlow.js, at unknown sizes of ${draw.unknown.join(' and ')}`, async function () {
      this.timeout(120_000);
      const folder = needShared(this, 'data', 'models', name);
      const node = await needNode(this);
      const model = await loadModel(folder);
      const inputs = drawInputs(model, draw);
      const saved = await answersOfSaved(node, model, path.join(tempFolder(), 'saved'), inputs);
      expectSameAnswers(model, saved, await answersOfModel(model, inputs, backend));
      tf.dispose(inputs);
    });

    it(`${name} does so after it was fused`, async function () {
      this.timeout(120_000);
      const folder = needShared(this, 'data', 'models', name);
      const node = await needNode(this);
      const { model } = await optimize(await loadModel(folder), inference());
      const inputs = drawInputs(model, draw);
      const saved = await answersOfSaved(node, model, path.join(tempFolder(), 'saved'), inputs);
      expectSameAnswers(model, saved, await answersOfModel(model, inputs, backend));
      tf.dispose(inputs);
    });
  }
});
