import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { loadModel } from '@tfjs-optimize/core';
import { needShared, tempFolder } from '@tfjs-optimize/testing';
import { expectSameAnswers } from '../support/expect.js';
import { drawInputs, type Draw } from '../support/inputs.js';
import { answersOfModel, answersOfSaved, needNode } from '../support/saved-model.js';

interface Case extends Draw {
  readonly name: string;
  readonly backend: 'cpu' | 'wasm';
}

const usual = { unknown: [1, 3], seed: 11, backend: 'wasm' } as const;

const CASES: readonly Case[] = [
  { ...usual, name: 'cifar-bn-cnn-layers' },
  { ...usual, name: 'emotion-minixception-graph' },
  { ...usual, name: 'fashion-cnn-keras3-layers' },
  // One image at a time, of any height and width. On wasm TensorFlow.js 4.22 casts 0.5 to false.
  { ...usual, name: 'handtrack-ssd320-uint8-graph', unknown: [320, 240], backend: 'cpu' },
  { ...usual, name: 'lstm-seq2seq-layers' },
  { ...usual, name: 'mnist-cnn-graph' },
  { ...usual, name: 'mnist-cnn-layers' },
  { ...usual, name: 'mobilenet-v1-025-imagenet-layers' },
  { ...usual, name: 'multi-input-concat-mlp-layers' },
  { ...usual, name: 'nsfw-mobilenet-v2-uint8-layers' },
  // Its tables of positions are as long as five tokens; one is broadcast.
  { ...usual, name: 'transformer-lm-uint8-graph', unknown: [1, 5] },
];

describe('dev models as SavedModels', () => {
  for (const { name, backend, ...draw } of CASES) {
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
  }
});
