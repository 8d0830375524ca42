import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';
import { loadModel, type Model } from '@tfjs-optimize/core';
import { nets, needShared, tempFolder } from '@tfjs-optimize/testing';
import { saveSavedModel } from '../../src/index.js';
import { expectSameAnswers } from '../support/expect.js';
import { drawInputs, type Draw } from '../support/inputs.js';
import { needPython, runInPython } from '../support/python.js';
import { answersOfModel, type Inputs } from '../support/saved-model.js';
import { DEV_MODELS } from './dev-models.js';

interface Saved {
  readonly model: Model;
  readonly inputs: readonly Inputs[];
  readonly folder: string;
}

async function save(model: Model, draw: Draw): Promise<Saved> {
  const folder = path.join(tempFolder(), 'saved');
  await saveSavedModel(model, folder);
  return { model, inputs: drawInputs(model, draw), folder };
}

/** One process for all: TensorFlow takes seconds to start. */
function answersOfPython(python: string, saved: readonly Saved[]) {
  return runInPython(
    python,
    saved.map(({ folder, inputs }) => ({ path: folder, inputs })),
  );
}

describe("SavedModels in Python's tf.saved_model.load", () => {
  beforeEach(() => tf.setBackend('wasm'));

  it('of all dev models answer as in TensorFlow.js', async function () {
    this.timeout(300_000);
    const python = needPython(this);
    const saved: Saved[] = [];
    for (const { name, ...draw } of DEV_MODELS) {
      saved.push(await save(await loadModel(needShared(this, 'data', 'models', name)), draw));
    }
    const found = answersOfPython(python, saved);
    for (const [at, { name, backend }] of DEV_MODELS.entries()) {
      const { model, inputs } = saved[at] as Saved;
      expectSameAnswers(model, found[at]?.answers ?? [], await answersOfModel(model, inputs, backend), name);
      tf.dispose(inputs as Inputs[]);
    }
  });

  it('of nets of layers answer as in TensorFlow.js', async function () {
    this.timeout(120_000);
    const python = needPython(this);
    const made = [nets.residual({ seed: 1 }), nets.transformer({ seed: 2 })];
    const saved: Saved[] = [];
    for (const net of made) saved.push(await save(await loadModel(net), { unknown: [1, 3], seed: 3 }));
    const found = answersOfPython(python, saved);
    for (const [at, { model, inputs }] of saved.entries()) {
      expectSameAnswers(model, found[at]?.answers ?? [], await answersOfModel(model, inputs, 'wasm'));
      tf.dispose(inputs as Inputs[]);
    }
  });
});
