import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { GraphBuilder, loadModel, type Model } from '@tfjs-optimize/core';
import {
  maxDifference,
  maxMagnitude,
  nets,
  needShared,
  tempFolder,
  withTempFolder,
} from '@tfjs-optimize/testing';
import * as fs from 'node:fs';
import { compile, explainPrecision, saveSavedModel } from '../../src/index.js';
import { DEV_MODELS } from '../saved-model/dev-models.js';
import { drawInputs } from '../support/inputs.js';
import { needPython, runInPython } from '../support/python.js';
import { answersOfModel, answersOfSaved, needNode, type Answer } from '../support/saved-model.js';
import { modelOf, numbers, product } from './models.js';

const seed = 3;
const saved = (): string => path.join(tempFolder(), 'saved');

/** The unit roundoff of each format: half of the step between 1 and the next number. */
const ROUNDOFF = { float16: 2 ** -11, bfloat16: 2 ** -8 } as const;
const FORMATS = ['float16', 'bfloat16'] as const;

/**
 * What an answer of a graph computed in 16 bits may differ from float32: a rounding for each node that is, of the
 * largest value or of one where all are smaller, as `roundingOf` has it for float32.
 */
async function halfRoundingOf(
  model: Model,
  format: 'float16' | 'bfloat16',
  values: ArrayLike<number>,
): Promise<number> {
  const { nodes } = await explainPrecision(model, { precision: format });
  const halves = nodes.filter(({ precision }) => precision === format).length;
  expect(halves).to.be.above(0);
  return ROUNDOFF[format] * halves * Math.max(1, maxMagnitude(values));
}

async function expectNear(
  model: Model,
  format: 'float16' | 'bfloat16',
  actual: readonly Answer[],
  wanted: readonly Answer[],
  what = '',
): Promise<void> {
  for (const [at, answer] of wanted.entries()) {
    for (const [key, { values, shape }] of Object.entries(answer)) {
      const found = actual[at]?.[key];
      expect(found?.dtype).to.equal('float32');
      expect(found?.shape).to.deep.equal(shape);
      const difference = maxDifference(found?.values ?? [], values);
      const most = await halfRoundingOf(model, format, values);
      expect(difference, `${what} ${key} ${at}`).to.be.at.most(most);
      expect(difference, `${what} ${key} ${at} is of ${format}`).to.be.above(0);
    }
  }
}

const NETS: Readonly<Record<string, () => Promise<Model>>> = {
  mlp: () => loadModel(nets.mlp({ seed })),
  lenet: () => loadModel(nets.lenet({ seed })),
  residual: () => loadModel(nets.residual({ seed })),
  transformer: () => loadModel(nets.transformer({ seed })),
  bert: () => loadModel(nets.bert({ length: 8, hidden: 32, heads: 2, blocks: 1, seed })),
};

describe('graphs computed in 16 bits', function () {
  this.timeout(60_000);

  for (const format of FORMATS) {
    it(`give products within (K + 3) · u · Σ |x|·|w| of exact ones: ${format}`, async function () {
      await needNode(this);
      const [rows, size, columns] = [3, 40, 7];
      const model = modelOf((b, x) => product(b, x, [size, columns], 'only'), size);
      const w = model.weights.need('only/w').numbers();
      const x = numbers(rows * size, 2, 5);
      const compiled = await compile(model, { precision: format });
      const input = tf.tensor(x, [rows, size]);
      const [y] = compiled.run(input) as [tf.Tensor];
      const found = y.dataSync();
      tf.dispose([input, y]);
      compiled.dispose();
      let isRounded = false;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let [exact, magnitude] = [0, 0];
          for (let k = 0; k < size; k++) {
            const term = (x[i * size + k] as number) * (w[k * columns + j] as number);
            exact += term;
            magnitude += Math.abs(term);
          }
          const difference = Math.abs((found[i * columns + j] as number) - exact);
          // Both factors, the sum of K terms and the result are rounded.
          expect(difference).to.be.at.most((size + 3) * ROUNDOFF[format] * magnitude);
          isRounded ||= difference > 2 ** -18 * magnitude;
        }
      }
      expect(isRounded).to.equal(true);
    });

    for (const [name, make] of Object.entries(NETS)) {
      it(`${name} answers within the roundings of ${format}`, async function () {
        const node = await needNode(this);
        await tf.setBackend('cpu');
        const model = await make();
        const inputs = drawInputs(model, { unknown: [1, 3], seed });
        const found = await answersOfSaved(node, model, saved(), inputs, { precision: format });
        await expectNear(model, format, found, await answersOfModel(model, inputs, 'wasm'));
        tf.dispose(inputs);
      });
    }

    it(`dev models answer within the roundings of ${format}`, async function () {
      const node = await needNode(this);
      for (const name of [
        'cifar-bn-cnn-layers',
        'mnist-cnn-graph',
        'multi-input-concat-mlp-layers',
        'transformer-lm-uint8-graph',
      ]) {
        const dev = DEV_MODELS.find((each) => each.name === name);
        if (dev === undefined) throw new Error(`no dev model ${name}`);
        const model = await loadModel(needShared(this, 'data', 'models', name));
        const inputs = drawInputs(model, dev);
        const found = await answersOfSaved(node, model, saved(), inputs, { precision: format });
        await expectNear(model, format, found, await answersOfModel(model, inputs, dev.backend), name);
        tf.dispose(inputs);
      }
    });
  }

  it('take variables, resizing, which makes float32 of them, and outputs that are read on', async function () {
    const node = await needNode(this);
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4, 4, 2]);
    const conv = { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
    const first = b.op(
      'Conv2D',
      [x, b.constant('w1', numbers(9 * 2 * 20, 0.2), [3, 3, 2, 20])],
      conv,
      'first',
    );
    const sized = b.op('ResizeBilinear', [first, b.ints([8, 8])], {
      align_corners: false,
      half_pixel_centers: true,
    });
    const second = b.op(
      'Conv2D',
      [sized, b.constant('w2', numbers(9 * 20 * 3, 0.2), [3, 3, 20, 3])],
      conv,
      'second',
    );
    b.output(first, 'inner').output(second, 'outer');
    const model = b.build();
    const inputs = drawInputs(model, { unknown: [2], seed });
    const wanted = await answersOfModel(model, inputs, 'cpu');
    for (const weights of ['constants', 'variables'] as const) {
      for (const precision of FORMATS) {
        const found = await answersOfSaved(node, model, saved(), inputs, { precision, weights });
        await expectNear(model, precision, found, wanted);
      }
    }
    tf.dispose(inputs);
  });

  it('load in Python', async function () {
    const python = needPython(this);
    await tf.setBackend('cpu');
    const model = await loadModel(nets.lenet({ seed }));
    const inputs = drawInputs(model, { unknown: [2], seed });
    const requests = [];
    for (const weights of ['constants', 'variables'] as const) {
      const folder = saved();
      await saveSavedModel(model, folder, { weights, precision: 'bfloat16' });
      requests.push({ path: folder, inputs });
    }
    const wanted = await answersOfModel(model, inputs, 'wasm');
    for (const { answers } of runInPython(python, requests))
      await expectNear(model, 'bfloat16', answers, wanted);
    tf.dispose(inputs);
  });

  it('are told by compiled models, have a place of their own in the cache, and leave no tensors', async function () {
    await needNode(this);
    await tf.setBackend('tensorflow');
    const model = modelOf((b, x) =>
      b.op('Softmax', [product(b, product(b, x, [16, 16], 'first'), [16, 4], 'scores')]),
    );
    await withTempFolder(async (cache) => {
      const before = tf.memory().numTensors;
      const options = [
        {},
        { precision: 'float16' },
        { precision: 'float16', keep: ['scores'] },
        { precision: 'float16', keep: ['first'] },
        { precision: 'bfloat16' },
        { precision: 'bfloat16-storage' },
      ] as const;
      for (const how of [...options, ...options]) {
        const compiled = await compile(model, { ...how, cache });
        const told = await explainPrecision(model, how);
        expect(compiled.precision.text()).to.equal(told.text());
        const x = tf.ones([2, 16]);
        tf.dispose([compiled.run(x), x]);
        compiled.dispose();
      }
      expect(fs.readdirSync(cache)).to.have.length(options.length);
      expect(tf.memory().numTensors).to.equal(before);
    });
  });
});
