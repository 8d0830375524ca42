import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { compareOutputs, isModel, Model, optimize, traceLayersModel } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { expectCode, maxDifference, nets, withTempFolder } from '@tfjs-optimize/testing';
import { compile } from '../../src/index.js';
import { planOf } from '../../src/precision/plan.js';
import { CompiledModel } from '../../src/session/compiled-model.js';
import { roundingOf } from '../support/expect.js';
import { failureOf } from '../support/failure.js';
import { needNode } from '../support/saved-model.js';
import { addAndScale, countTo } from './models.js';

const digits = (): tf.LayersModel => nets.lenet({ seed: 1 });

/** Folders that compile without a cache has not removed. */
const temporary = (): string[] =>
  fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('tfjs-optimize-native-'));

describe('compile', function () {
  this.timeout(120_000);

  before(async function () {
    await needNode(this);
  });

  beforeEach(() => tf.setBackend('tensorflow'));

  after(() => tf.setBackend('cpu'));

  it('answers as the model does, from images to classes', async () => {
    const layers = nets.mobilenetV2({ seed: 3, size: 96 });
    const { model } = await optimize(traceLayersModel(layers), inference(), { seed: 3 });
    const compiled = await compile(model);
    const x = nets.uniformTensor([2, 96, 96, 3], 4);
    const [wanted, got] = [model.run(x)[0] as tf.Tensor, compiled.run(x)[0] as tf.Tensor];
    expect(got.shape).to.deep.equal(wanted.shape);
    const values = wanted.dataSync();
    expect(maxDifference(got.dataSync(), values)).to.be.at.most(roundingOf(model, values));
    tf.dispose([x, wanted, got]);
    for (const each of [layers, model, compiled]) each.dispose();
  });

  it('takes layers models, too, and is a model in all else', async () => {
    const layers = digits();
    const compiled = await compile(layers);
    expect(isModel(compiled)).to.equal(true);
    expect(compiled).to.be.instanceOf(Model);
    expect(String(compiled)).to.match(/^Model .*, in a session of TensorFlow$/);
    const plain = compiled.with({});
    const x = nets.uniformTensor([1, 28, 28, 1], 1);
    const { relative } = (await compareOutputs(compiled, plain, x)) ?? {};
    expect(relative).to.be.below(1e-5);
    compiled.dispose();
    expect(String(compiled)).to.match(/, disposed of$/);
    expect(tf.tidy(() => plain.run(x).length)).to.equal(1);
    tf.dispose(x);
    layers.dispose();
    plain.dispose();
  });

  it('keeps the order and types of inputs and outputs, whichever way they are given', async () => {
    const model = addAndScale();
    const compiled = await compile(model);
    expect(compiled.signature).to.deep.equal(model.signature);
    const z = tf.tensor([1, 2], [2], 'int32');
    const a = tf.tensor([0.5, -0.5], [2]);
    const answers = (inputs: Parameters<Model['run']>[0]): unknown[] => {
      const outputs = compiled.run(inputs);
      const told = outputs.map((each) => [each.dtype, Array.from(each.dataSync())]);
      tf.dispose(outputs);
      return told;
    };
    const wanted = [
      ['int32', [2, 4]],
      ['float32', [1.5, 0.5]],
    ];
    expect(answers([z, a])).to.deep.equal(wanted);
    expect(answers({ a, z })).to.deep.equal(wanted);
    compiled.dispose();
    tf.dispose([z, a]);
  });

  it('refuses inputs as every model does, before the session sees them', async () => {
    const compiled = await compile(addAndScale());
    const float = tf.zeros([2]);
    const whole = tf.zeros([3], 'int32');
    for (const inputs of [[float], [float, float], [whole, float], { z: float }, [], [1, 2]]) {
      const given = inputs as Parameters<Model['run']>[0];
      const wanted = await failureOf(() => addAndScale().run(given));
      expect(wanted).to.match(/^model\/input /);
      expect(await failureOf(() => compiled.run(given))).to.equal(wanted);
      expect(await failureOf(() => compiled.runAsync(given))).to.equal(wanted);
    }
    compiled.dispose();
    tf.dispose([float, whole]);
  });

  it('runs loops by run, too', async () => {
    const compiled = await compile(countTo());
    const start = tf.scalar(3, 'int32');
    const [end] = compiled.run(start);
    expect(end?.dataSync()[0]).to.equal(10);
    tf.dispose([start, end]);
    compiled.dispose();
  });

  it('takes tensors that another backend made, and refuses to run beside one', async () => {
    const compiled = await compile(addAndScale());
    await tf.setBackend('cpu');
    const inputs = [tf.tensor([1, 2], [2], 'int32'), tf.tensor([1, 1])];
    expect(await failureOf(() => compiled.run(inputs))).to.match(
      /^model\/run .*'tensorflow' to be in use, got 'cpu'\. Call await tf\.setBackend/,
    );
    await tf.setBackend('tensorflow');
    const outputs = compiled.run(inputs);
    expect(Array.from(outputs[0]?.dataSync() ?? [])).to.deep.equal([2, 4]);
    tf.dispose([inputs, outputs]);
    compiled.dispose();
  });

  it('leaves no tensors behind, and tidy takes its outputs', async () => {
    const x = nets.uniformTensor([1, 28, 28, 1], 1);
    const layers = digits();
    const before = tf.memory().numTensors;
    const compiled = await compile(layers);
    await compiled.warmUp(3);
    tf.tidy(() => void compiled.run(x));
    tf.dispose(await compiled.runAsync(x));
    compiled.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    layers.dispose();
    x.dispose();
  });

  it('can be disposed of twice, and then runs no more', async () => {
    const compiled = await compile(addAndScale());
    const inputs = [tf.zeros([2], 'int32'), tf.zeros([2])];
    const other = await compile(addAndScale());
    const late = failureOf(() => compiled.runAsync(inputs));
    compiled.dispose();
    compiled.dispose();
    expect(await late).to.match(/^native\/disposed /);
    expect(await failureOf(() => compiled.run(inputs))).to.match(
      /^native\/disposed .*Compile the model again/,
    );
    expect(await failureOf(() => compiled.warmUp())).to.match(/^native\/disposed /);
    tf.dispose([other.run(inputs), inputs]);
    other.dispose();
  });

  it('lets the event loop turn between runs that are asked for at once', async () => {
    const compiled = await compile(addAndScale());
    const inputs = [tf.zeros([2], 'int32'), tf.zeros([2])];
    const order: string[] = [];
    const immediates = (): void => {
      order.push('turn');
      if (order.filter((each) => each === 'run').length < 3) setImmediate(immediates);
    };
    setImmediate(immediates);
    const runs = [1, 2, 3].map(async () => {
      const outputs = await compiled.runAsync(inputs);
      order.push('run');
      tf.dispose(outputs);
    });
    await Promise.all(runs);
    expect(order.join(' ')).to.match(/run( turn)+ run( turn)+ run/);
    compiled.dispose();
    tf.dispose(inputs);
  });

  it('removes its temporary folder once TensorFlow has read it, with variables, too', async () => {
    const before = temporary();
    for (const weights of ['constants', 'variables'] as const) {
      const compiled = await compile(digits(), { weights });
      expect(temporary()).to.deep.equal(before);
      const x = nets.uniformTensor([1, 28, 28, 1], 1);
      tf.dispose([compiled.run(x), x]);
      compiled.dispose();
    }
  });

  it('loads from the cache what was written there, by the digest of the model', () =>
    withTempFolder(async (folder) => {
      const cache = path.join(folder, 'a/b');
      const first = await compile(addAndScale(), { cache });
      const [name = ''] = fs.readdirSync(cache);
      const file = path.join(cache, name, 'saved_model.pb');
      const written = fs.statSync(file);
      const again = await compile(addAndScale(), { cache });
      expect(fs.readdirSync(cache)).to.deep.equal([name]);
      expect(fs.statSync(file).mtimeMs).to.equal(written.mtimeMs);
      // Sessions of one folder are one for tfjs-node; each model holds it by itself.
      first.dispose();
      const inputs = [tf.zeros([2], 'int32'), tf.ones([2])];
      tf.dispose([again.run(inputs), inputs]);
      again.dispose();
      const other = await compile(countTo(), { cache });
      expect(fs.readdirSync(cache)).to.have.length(2);
      other.dispose();
    }));

  it('lets several write one folder of a cache at once', () =>
    withTempFolder(async (cache) => {
      const compiled = await Promise.all([1, 2, 3].map(() => compile(addAndScale(), { cache })));
      expect(fs.readdirSync(cache)).to.have.length(1);
      for (const each of compiled) each.dispose();
    }));

  it('says of a cache that TensorFlow cannot load to remove it', () =>
    withTempFolder(async (cache) => {
      (await compile(addAndScale(), { cache })).dispose();
      const [name = ''] = fs.readdirSync(cache);
      fs.writeFileSync(path.join(cache, name, 'saved_model.pb'), 'broken');
      expect(await failureOf(() => compile(addAndScale(), { cache }))).to.match(
        /^native\/load .*Remove the folder/,
      );
    }));

  it('refuses what does not exist, and tells what does', async () => {
    const options: readonly (readonly [object, RegExp])[] = [
      [{ precision: 'half' }, /^argument\/invalid precision: expected 'float32' or .*got 'half'/],
      [{ xla: true }, /^argument\/invalid xla: .*no options of sessions/],
      [{ threads: 2 }, /^argument\/invalid threads: .*configure\(\{ intraOpThreads \}\)/],
      [{ cach: 'x' }, /Did you mean 'cache'/],
      [{ cache: '' }, /^argument\/invalid cache: /],
      [{ signal: AbortSignal.abort() }, /^aborted /],
    ];
    for (const [given, wanted] of options) {
      expect(await failureOf(() => compile(addAndScale(), given))).to.match(wanted);
    }
  });

  it('ends in a code, and in bytes that were asked for, where memory is short', async () => {
    const model = traceLayersModel(digits());
    const message =
      'Session fail to run with error: OOM when allocating tensor with shape[1048576,1048576] and type float on ' +
      '/job:localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu\n\t [[{{node dense/MatMul}}]]\nHint: more';
    // Given for real, TensorFlow tries for ten seconds.
    const session = {
      predict: () => {
        throw new Error(message);
      },
      dispose: () => undefined,
    };
    const compiled = new CompiledModel(model, session, await planOf(model, {}));
    const x = tf.ones([1, 28, 28, 1]);
    const error = await expectCode('backend/memory', () => compiled.run(x));
    expect(error.message).to.match(
      /^compiled model: expected memory for 4\.40 TB on CPU:0, got OOM when .*\. Use a smaller batch\.$/,
    );
    x.dispose();
    compiled.dispose();
  });
});
