import { distill } from '@tfjs-optimize/distillation';
import {
  executorOf,
  fit,
  isOptimizeError,
  toArtifacts,
  traceLayersModel,
  Weight,
  type BackendName,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, maxDifference, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { examples, net, outputOf, SETTINGS } from './task.js';

describe('teachers', function () {
  this.timeout(30_000);
  let data: ReturnType<typeof examples>;
  let inputs: { readonly inputs: tf.Tensor2D };
  let teacher: Model<'float'>;
  const student = (): Model<'float'> => net([6, 5, 3], 7);
  before(async () => {
    await tf.setBackend('cpu');
    data = examples();
    inputs = { inputs: data.inputs };
    teacher = (await fit(net([6, 24, 3], 1), { ...SETTINGS, epochs: 30, data, loss: 'crossEntropy' })).model;
  });
  after(() => {
    teacher.dispose();
    tf.dispose([data.inputs, data.labels]);
  });

  it('listens to several teachers by their weights', async () => {
    const [one, two] = [net([6, 4, 3], 11), net([6, 4, 3], 12)];
    const loss = async (teachers: Parameters<typeof distill>[1]): Promise<number> => {
      const { history } = await distill(student(), teachers, {
        data: inputs,
        epochs: 1,
        learningRate: 0,
        targets: 'logits',
      });
      return history[0]?.numbers['loss'] as number;
    };
    const mean = tf.tidy(() => {
      const [a, b, ours] = [one, two, student()].map((model) => model.run(data.inputs)[0]) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      return tf
        .mean(tf.squaredDifference(ours, tf.add(tf.mul(a, 0.25), tf.mul(b, 0.75))))
        .dataSync()[0] as number;
    });
    expect(await loss([{ model: one }, { model: two, weight: 3 }])).to.be.closeTo(mean, 1e-5);
    expect(await loss([one])).to.be.closeTo(await loss(one), 0);
  });

  it('takes teachers of every kind', async () => {
    const layers = nets.mlp({ widths: [6, 24, 3], seed: 1 });
    const stock = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(traceLayersModel(layers))));
    const settings = { data: inputs, epochs: 1 };
    const wanted = await distill(student(), traceLayersModel(layers), settings);
    for (const kind of [layers, stock, { model: layers }, { model: stock, backend: 'cpu' as const }]) {
      const { history } = await distill(student(), kind, settings);
      expect(history).to.deep.equal(wanted.history);
    }
    layers.dispose();
    stock.dispose();
  });

  it('lets a teacher run on another backend, and comes back', async () => {
    const settings = { data: inputs, epochs: 2, learningRate: 0.01 };
    const here = await distill(student(), teacher, settings);
    const seen: string[] = [];
    const executor = executorOf(teacher);
    const run = executor.executeAsync.bind(executor);
    executor.executeAsync = (...args) => {
      seen.push(tf.getBackend());
      return run(...args);
    };
    const backend: BackendName = 'wasm';
    const there = await distill(student(), { model: teacher, backend }, settings);
    executor.executeAsync = run;
    expect(seen).to.deep.equal(['wasm', 'wasm', 'wasm']);
    expect(tf.getBackend()).to.equal('cpu');
    expect(maxDifference(outputOf(here.model, data.inputs), outputOf(there.model, data.inputs))).to.be.below(
      1e-4,
    );
  });

  it('frees a layers model that it traced to learn from', async () => {
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [6] })] });
    const [one, other] = [student(), { model: layers, backend: 'cpu' as const }];
    await expectNoLeak(async () => {
      for (const given of [layers, other, [teacher, layers]]) {
        const { model } = await distill(one, given, { data: inputs, epochs: 1 });
        model.dispose();
      }
    });
    layers.dispose();
  });

  it('may have weights that are stored in bytes', async () => {
    const stored = new Map(
      [...teacher.weights].map(([name, weight]) => {
        const values = weight.numbers();
        const [min, max] = [Math.min(...values), Math.max(...values)];
        const scale = (max - min || 1) / 255;
        const bytes = Uint8Array.from(values, (value) => Math.round((value - min) / scale));
        const encoding = { kind: 'affine', dtype: 'uint8', scale, min } as const;
        return [name, Weight.stored('float32', weight.shape, encoding, bytes)] as const;
      }),
    );
    const quantized = teacher.with({ weights: teacher.weights.with(stored) });
    const plain = new Map(
      [...stored].map(([name, weight]) => [name, Weight.of(weight.numbers(), weight.shape)] as const),
    );
    const decoded = teacher.with({ weights: teacher.weights.with(plain) });
    const settings = { data: inputs, epochs: 2, learningRate: 0.01 };
    const [wanted, found, floats] = [
      await distill(student(), decoded, settings),
      await distill(student(), quantized, settings),
      await distill(student(), teacher, settings),
    ];
    expect(found.history).to.deep.equal(wanted.history);
    // What bytes leave out of weights is seen.
    expect(found.history).not.to.deep.equal(floats.history);
    expect(quantized.weights.need('dense_0/kernel').encoding.kind).to.equal('affine');
    [quantized, decoded].forEach((model) => model.dispose());
  });

  it('of layers take the sizes of the student where they have none', async () => {
    const recurrent = (units: number, length: number | null, seed: number): tf.LayersModel => {
      const init = tf.initializers.glorotNormal({ seed });
      return tf.sequential({
        layers: [
          tf.layers.gru({
            ...{ units, inputShape: [length, 2], name: 'gru' },
            ...{ kernelInitializer: init, recurrentInitializer: init },
          }),
          tf.layers.dense({ units: 3, name: 'scores', kernelInitializer: init }),
        ],
      });
    };
    const [large, small] = [recurrent(8, null, 1), recurrent(3, 5, 2)];
    const tokens = nets.uniformTensor([12, 5, 2], 3);
    const settings = { data: { inputs: tokens }, epochs: 2, learningRate: 0.01 };
    const fixed = traceLayersModel(large, { inputShapes: { gru_input: [null, 5, 2] } });
    const wanted = await distill(traceLayersModel(small), fixed, settings);
    const found = await distill(traceLayersModel(small), large, settings);
    expect(found.history).to.deep.equal(wanted.history);
    const told = { model: large, inputShapes: { gru_input: [null, 7, 2] } };
    const error = await distill(traceLayersModel(small), told, settings).catch((reason: unknown) => reason);
    expect(isOptimizeError(error) && error.message).to.include('expected [?,5,2] float32');
    // A student of layers that knows its length no more than its teacher does gets it for both.
    const open = recurrent(3, null, 2);
    const told5 = { inputShapes: { gru_input: [null, 5, 2] } };
    const both = await distill(open, large, { ...settings, ...told5 });
    expect(both.history).to.deep.equal(wanted.history);
    expect(both.model).to.equal(open);
    open.dispose();
    tf.dispose(tokens);
    [large, small].forEach((model) => model.dispose());
  });

  it('that fail in the middle are told of, and leak nothing', async () => {
    const failing = net([6, 8, 3], 1);
    const executor = executorOf(failing);
    const run = executor.executeAsync.bind(executor);
    let runs = 0;
    executor.executeAsync = (...args) => {
      if (++runs > 2) throw new Error('no more');
      return run(...args);
    };
    tf.dispose(failing.run(data.inputs));
    for (const backend of [undefined, 'wasm'] as const) {
      const second = backend === undefined ? failing : { model: failing, backend };
      await expectNoLeak(async () => {
        runs = 0;
        const error = await distill(student(), [teacher, second], { ...SETTINGS, data: inputs }).catch(
          (reason: unknown) => reason as Error,
        );
        expect((error as Error).message).to.include('no more');
      });
      expect(tf.getBackend()).to.equal('cpu');
    }
  });

  it('must fit, each of them', async () => {
    const others = [teacher, net([6, 8, 4], 1)];
    const error = await expectCode('distillation/pair', () =>
      distill(student(), others, { ...SETTINGS, data: inputs }),
    );
    expect(error.message).to.include('output 1 of teacher 2: expected 3 classes');
  });
});
