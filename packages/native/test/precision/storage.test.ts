import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  encodeHalf,
  GraphBuilder,
  loadModel,
  Weight,
  type HalfFormat,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, nets, needShared, tempFolder } from '@tfjs-optimize/testing';
import { saveSavedModel, type SavedModelOptions } from '../../src/index.js';
import { DEV_MODELS } from '../saved-model/dev-models.js';
import { expectSameAnswers } from '../support/expect.js';
import { withHalfWeights } from '../support/halves.js';
import { drawInputs } from '../support/inputs.js';
import { needPython, runInPython } from '../support/python.js';
import { answersOfModel, answersOfSaved, needNode } from '../support/saved-model.js';

const seed = 9;
const FORMATS = ['float16', 'bfloat16'] as const;
const saved = (): string => path.join(tempFolder(), 'saved');

/** Numbers of every size that both formats have, their ends and what is rounded to them. */
function numbers(): Float32Array {
  const sizes = Array.from({ length: 290 }, (_, i) => Math.fround(1.2345 * 2 ** (i / 10 - 25)));
  return Float32Array.from([...sizes, ...sizes.map((x) => -x), 0, -0, Infinity, -Infinity, 65504, 65519]);
}

/** Hands its weight out: y = w. */
function weightItself(values: Float32Array): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [1]);
  b.output(b.op('Maximum', [b.constant('w', values, [values.length]), x]), 'y', 'float32', [values.length]);
  return b.build();
}

function decoded(values: Float32Array, format: HalfFormat): Float32Array {
  const bytes = new Uint8Array(encodeHalf(values, format).buffer);
  return Weight.stored('float32', [values.length], { kind: format }, bytes).numbers() as Float32Array;
}

describe('weights stored in 16 bits', () => {
  beforeEach(() => tf.setBackend('cpu'));

  for (const format of FORMATS) {
    for (const weights of ['constants', 'variables'] as const) {
      it(`are the rounded weights to the bit: ${format} in ${weights}`, async function () {
        const node = await needNode(this);
        const values = numbers();
        const wide = new Float32Array(300 * values.length);
        for (let i = 0; i < 300; i++) wide.set(values, i * values.length);
        const inputs = [{ x: tf.tensor([-Infinity]) }];
        const options: SavedModelOptions = { weights, precision: `${format}-storage` };
        const [answer] = await answersOfSaved(node, weightItself(wide), saved(), inputs, options);
        tf.dispose(inputs);
        const wanted = decoded(wide, format);
        const found = answer?.['y']?.values as Float32Array;
        expect(found.length).to.equal(wanted.length);
        expect(wanted.findIndex((value, i) => value !== found[i])).to.equal(-1);
      });
    }

    it(`take half the files of dev models, which answer with the rounded weights: ${format}`, async function () {
      this.timeout(120_000);
      const node = await needNode(this);
      for (const name of ['mnist-cnn-layers', 'mobilenet-v1-025-imagenet-layers', 'lstm-seq2seq-layers']) {
        const dev = DEV_MODELS.find((each) => each.name === name);
        if (dev === undefined) throw new Error(`no dev model ${name}`);
        const model = await loadModel(needShared(this, 'data', 'models', name));
        const inputs = drawInputs(model, dev);
        const options: SavedModelOptions = { precision: `${format}-storage` };
        const whole = await saveSavedModel(model, saved());
        const { bytes } = await saveSavedModel(model, saved(), options);
        expect(bytes / whole.bytes, name).to.be.below(0.6);
        const answers = await answersOfSaved(node, model, saved(), inputs, options);
        const rounded = withHalfWeights(model, format);
        expectSameAnswers(model, answers, await answersOfModel(rounded, inputs, dev.backend), name);
        tf.dispose(inputs);
      }
    });
  }

  it('leave small ones, those of kept layers and those that are too large, and tell', async () => {
    const layers = nets.mlp({ seed });
    const model = await loadModel(layers);
    const names = [...model.weights].filter(([, { size }]) => size >= 256).map(([name]) => name);
    const [first = '', second = '', ...others] = names;
    const values = Float32Array.from(model.weights.need(second).numbers());
    values[7] = -70_000;
    const changed = Weight.of(values, model.weights.need(second).shape);
    const large = model.with({ weights: model.weights.with(new Map([[second, changed]])) });
    const keep = [first.split('/')[0] ?? ''];
    const { precision } = await saveSavedModel(large, saved(), { precision: 'float16-storage', keep });
    const told: Record<string, string> = {};
    for (const { subject = '', level, message } of precision.notes) told[subject] = `${level}: ${message}`;
    expect(told).to.deep.equal({
      [first]: `info: weight '${first}' stays float32: only layers read it that stay float32`,
      [second]: `warning: weight '${second}' stays float32: it holds -70000, which is too large for float16`,
      ...Object.fromEntries(others.map((name) => [name, `info: weight '${name}' is stored as float16`])),
    });
    const brain = await saveSavedModel(large, saved(), { precision: 'bfloat16-storage' });
    expect(brain.precision.notes.filter(({ kind }) => kind === 'declined')).to.deep.equal([]);
    layers.dispose();
  });

  it('are written in parts that TensorFlow casts ahead, where whole they are 100 KiB in float32', async () => {
    const partsOf = async (size: number, options: SavedModelOptions): Promise<number> => {
      const folder = saved();
      await saveSavedModel(weightItself(new Float32Array(size)), folder, options);
      const file = fs.readFileSync(path.join(folder, 'saved_model.pb'), 'latin1');
      return new Set(file.match(/w\/part_\d+/g) ?? []).size;
    };
    const precision = 'float16-storage';
    expect(await partsOf(25_599, { precision })).to.equal(0);
    expect(await partsOf(25_600, { precision })).to.equal(2);
    expect(await partsOf(3 * 25_599 + 1, { precision })).to.equal(4);
    expect(await partsOf(25_600, { precision, weights: 'variables' })).to.equal(2);
    expect(await partsOf(65_537, { precision, weights: 'variables' })).to.equal(0);
    expect(await partsOf(25_600, { precision: 'float16' })).to.equal(0);
    expect(await partsOf(25_600, {})).to.equal(0);
  });

  it('keep the very bits of weights that a model has in this format', async () => {
    const model = weightItself(numbers());
    const [a, b] = [saved(), saved()];
    await saveSavedModel(model, a, { precision: 'float16-storage' });
    await saveSavedModel(withHalfWeights(model, 'float16'), b, { precision: 'float16-storage' });
    const read = (folder: string): Buffer => fs.readFileSync(path.join(folder, 'saved_model.pb'));
    expect(read(a).equals(read(b))).to.equal(true);
  });

  it('load in Python, constants and variables', async function () {
    this.timeout(120_000);
    const python = needPython(this);
    const model = await loadModel(nets.lenet({ seed }));
    const inputs = drawInputs(model, { unknown: [2], seed });
    const folders = [];
    for (const weights of ['constants', 'variables'] as const) {
      const folder = saved();
      await saveSavedModel(model, folder, { weights, precision: 'bfloat16-storage' });
      folders.push(folder);
    }
    const found = runInPython(
      python,
      folders.map((folder) => ({ path: folder, inputs })),
    );
    const wanted = await answersOfModel(withHalfWeights(model, 'bfloat16'), inputs, 'wasm');
    for (const { answers } of found) expectSameAnswers(model, answers, wanted);
    expect(found.map(({ variables }) => variables)).to.deep.equal([0, 5]);
    tf.dispose(inputs);
  });

  it('refuse layers to keep and calibration where all is float32', async () => {
    const model = await loadModel(nets.mlp({ seed: 1 }));
    for (const options of [{ keep: ['dense'] }, { calibration: [] }]) {
      const error = await expectCode('argument/invalid', () =>
        saveSavedModel(model, path.join(tempFolder(), 'saved'), options),
      );
      expect(error.message).to.match(
        /^(keep|calibration): expected a precision of 16 bits with it, got 'float32'/,
      );
    }
  });

  it('refuse names that the model does not have, telling the nearest', async () => {
    const model = await loadModel(nets.mlp({ seed }));
    const keep = [[...model.graph][3]?.name.split('/')[0]?.replace(/.$/, 'q') ?? ''];
    const error = await expectCode('native/layer', () =>
      saveSavedModel(model, saved(), { precision: 'float16-storage', keep }),
    );
    expect(error.message).to.match(/^keep: '.*q': expected a layer or node of the model.*Did you mean/);
  });
});
