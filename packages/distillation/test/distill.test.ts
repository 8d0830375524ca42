import {
  distill,
  layerMap,
  softTargetLoss,
  type DistillOptions,
  type Teachers,
} from '@tfjs-optimize/distillation';
import { fit, loadModel, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets, tempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as path from 'node:path';
import { bytesOf, examples, net, outputOf, SETTINGS, SIZE } from './task.js';

type Data = ReturnType<typeof examples>;

describe('distill', function () {
  this.timeout(30_000);
  let data: Data;
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

  /** Mean divergence of the student's answers from the teacher's. */
  const apart = (model: Model): number =>
    tf.tidy(
      () =>
        softTargetLoss(
          model.run(data.inputs)[0] as tf.Tensor,
          teacher.run(data.inputs)[0] as tf.Tensor,
        ).dataSync()[0] as number,
    );

  it('makes a student answer as its teacher does, without labels, in its plain form', async () => {
    const { model, history } = await distill(student(), teacher, {
      data: inputs,
      epochs: 60,
      learningRate: 0.01,
    });
    expect(apart(model)).to.be.below(0.1 * apart(student()));
    // The loss of the plain form is that divergence alone.
    expect(Object.keys(history[0]?.numbers ?? {})).to.deep.equal(['loss']);
    const { history: still } = await distill(student(), teacher, {
      data: inputs,
      epochs: 1,
      learningRate: 0,
    });
    expect(still[0]?.numbers['loss']).to.be.closeTo(apart(student()), 1e-5);
  });

  it("mixes the teacher's word and the labels by alpha, at its temperature", async () => {
    const settings = { data, epochs: 1, learningRate: 0, batchSize: SIZE };
    const { history } = await distill(student(), teacher, { ...settings, alpha: 0.7, temperature: 4 });
    const { numbers } = history[0] as { numbers: Record<string, number> };
    const [soft, hard] = tf.tidy(() => {
      const [ours, theirs] = [student().run(data.inputs)[0], teacher.run(data.inputs)[0]] as [
        tf.Tensor,
        tf.Tensor,
      ];
      const rows = tf.range(0, SIZE, 1, 'int32');
      const own = tf.gatherND(tf.logSoftmax(ours), tf.stack([rows, data.labels], 1));
      return [softTargetLoss(ours, theirs, 4).dataSync()[0], -(tf.mean(own).dataSync()[0] as number)] as [
        number,
        number,
      ];
    });
    expect(numbers['loss/softTargets']).to.be.closeTo(soft, 1e-5);
    expect(numbers['loss/crossEntropy']).to.be.closeTo(hard, 1e-5);
    expect(numbers['loss']).to.be.closeTo(0.7 * soft + 0.3 * hard, 1e-5);
  });

  it('takes temperature and alpha from schedules', async () => {
    const asked: number[] = [];
    const options: DistillOptions = {
      data,
      epochs: 1,
      batchSize: 45,
      shuffle: false,
      learningRate: 0,
      temperature: (step, steps) => (asked.push(step, steps), 1 + step),
      alpha: (step) => 1 - step,
    };
    const { history } = await distill(student(), teacher, options);
    // Where it ends is asked before the first step: a training whose last step is refused would be in vain.
    expect(asked).to.deep.equal([1, 2, 0, 2, 1, 2]);
    const { numbers } = history[0] as { numbers: Record<string, number> };
    // The first half counts the teacher alone, the second the labels alone.
    const halves = await Promise.all(
      [1, 0].map((alpha) =>
        distill(student(), teacher, { ...options, temperature: 1, alpha }).then(
          (result) => result.history[0]?.numbers,
        ),
      ),
    );
    expect(numbers['loss/crossEntropy']).to.be.closeTo(halves[1]?.['loss/crossEntropy'] as number, 1e-6);
    expect(numbers['loss']).not.to.be.closeTo(halves[0]?.['loss'] as number, 1e-3);
  });

  it('compares logits themselves when told', async () => {
    const { history } = await distill(student(), teacher, {
      data: inputs,
      epochs: 1,
      learningRate: 0,
      targets: 'logits',
    });
    const wanted = tf.tidy(
      () =>
        tf
          .mean(
            tf.squaredDifference(
              student().run(data.inputs)[0] as tf.Tensor,
              teacher.run(data.inputs)[0] as tf.Tensor,
            ),
          )
          .dataSync()[0],
    );
    expect(history[0]?.numbers['loss']).to.be.closeTo(wanted as number, 1e-5);
  });

  it('takes logits from before the softmax that a model ends in', async () => {
    const withSoftmax = (widths: readonly number[], seed: number): Model<'float'> => {
      const layers = tf.sequential({ layers: [...nets.mlp({ widths, seed }).layers, tf.layers.softmax()] });
      return traceLayersModel(layers);
    };
    const settings = { data: inputs, epochs: 2, learningRate: 0.01 };
    const [plain, ended] = [
      await distill(net([6, 5, 3], 7), net([6, 8, 3], 2), settings),
      await distill(withSoftmax([6, 5, 3], 7), withSoftmax([6, 8, 3], 2), settings),
    ];
    expect(ended.history).to.deep.equal(plain.history);
  });

  it('matches inner values, through a projection where sizes differ', async () => {
    const match = [{ student: 'dense_0', teacher: 'dense_0', weight: 0.5 }];
    const { model, history } = await distill(student(), teacher, {
      data: inputs,
      epochs: 30,
      learningRate: 0.01,
      match,
    });
    const [first, last] = [history[0], history.at(-1)].map(
      (record) => record?.numbers['loss/match dense_0'],
    ) as [number, number];
    expect(last).to.be.below(0.7 * first);
    // What the projection has learnt is no part of the model.
    expect([...model.weights.names()]).to.deep.equal([...student().weights.names()]);
    const same = [{ student: 'dense_0', teacher: 'dense_0', distance: 'cosine' as const }];
    const twin = await distill(net([6, 24, 3], 1), teacher, {
      data: inputs,
      epochs: 1,
      match: same,
      learningRate: 0,
    });
    expect(twin.history[0]?.numbers['loss/match dense_0']).to.be.within(0, 2);
    const itself = await distill(teacher, teacher, { data: inputs, epochs: 1, match: same, learningRate: 0 });
    expect(itself.history[0]?.numbers['loss/match dense_0']).to.be.closeTo(0, 1e-6);
  });

  it('gives a layers model back with its new weights', async () => {
    const layers = nets.mlp({ widths: [6, 5, 3], seed: 7 });
    const result = await distill(layers, teacher, { data: inputs, epochs: 2 });
    expect(result.model).to.equal(layers);
    const traced = await distill(student(), teacher, { data: inputs, epochs: 2 });
    expect(bytesOf(traceLayersModel(layers))).to.deep.equal(bytesOf(traced.model));
    layers.dispose();
  });

  it('leaks nothing', async () => {
    const match = [{ student: 'dense_0', teacher: 'dense_0' }];
    await expectNoLeak(() => distill(student(), teacher, { data, ...SETTINGS, match, validation: data }));
    await expectNoLeak(() =>
      distill(student(), [teacher, { model: teacher, backend: 'wasm' }], { data, ...SETTINGS, cache: false }),
    );
  });

  it('teaches numbers by themselves, with a loss of labels that suits them', async () => {
    const [large, small] = [net([6, 24, 1], 1), net([6, 5, 1], 7)];
    const labels = tf.tidy(() => data.inputs.sum(1, true));
    const given = { data: { inputs: data.inputs, labels }, epochs: 20, learningRate: 0.01 };
    const error = await distill(small, large, given).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).to.include("targets: 'logits'");
    const { history } = await distill(small, large, {
      ...given,
      ...{ targets: 'logits', alpha: 0.5, loss: 'meanSquaredError' },
    });
    for (const name of ['loss/logits', 'loss/meanSquaredError']) {
      const [first, last] = [history[0], history.at(-1)].map((each) => each?.numbers[name]) as [
        number,
        number,
      ];
      expect(last, name).to.be.below(first);
    }
    labels.dispose();
  });

  it('writes a student that loads as any other', async () => {
    const { model } = await distill(student(), teacher, { data: inputs, epochs: 1 });
    const folder = path.join(tempFolder('student'), 'model');
    await model.save(folder);
    expect(outputOf(await loadModel(folder), data.inputs)).to.deep.equal(outputOf(model, data.inputs));
  });
});

describe('a distillation that is resumed', function () {
  this.timeout(30_000);
  before(() => tf.setBackend('cpu'));

  it('has the bits of one that was not interrupted, and refuses another teacher, temperature and alpha', async () => {
    const data = examples();
    const [student, teacher] = [net([6, 5, 3], 7), net([6, 24, 3], 1)];
    const checkpoint = { folder: path.join(tempFolder('training'), 'checkpoint'), resume: true };
    const settings = { ...SETTINGS, data, temperature: 2 };
    const whole = await distill(student, teacher, settings);
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 4) throw new Error('no more');
    };
    await expectCode('train/failed', () =>
      distill(student, teacher, { ...settings, checkpoint, callbacks: { onStep } }),
    );
    const refused = async (from: Teachers, options: object): Promise<string> =>
      (
        await expectCode('train/checkpoint', () =>
          distill(student, from, { ...settings, checkpoint, ...options }),
        )
      ).message;
    expect(await refused(teacher, { temperature: 3 })).to.match(
      /loss softTargets \(temperature 3, .*temperature 2, /,
    );
    expect(await refused(teacher, { alpha: 0.5 })).to.match(/× 0\.5, crossEntropy × 0\.5, got .* × 0\.9, /);
    expect(await refused(net([6, 24, 3], 2), {})).to.include(
      'with loss softTargets (temperature 2, teacher ',
    );
    const { model } = await distill(student, teacher, { ...settings, checkpoint });
    expect(bytesOf(model)).to.deep.equal(bytesOf(whole.model));
    tf.dispose([data.inputs, data.labels]);
  });

  it('refuses another label smoothing, and matches of other distances, teacher layers and projections', async () => {
    const data = examples();
    const [student, teacher] = [net([6, 5, 3], 7), net([6, 5, 5, 3], 1)];
    const checkpoint = { folder: path.join(tempFolder('matched'), 'checkpoint'), resume: true };
    const match = { student: 'dense_0', teacher: 'dense_0', distance: 'cosine' } as const;
    const settings = { ...SETTINGS, data, labelSmoothing: 0.1, match: [match], checkpoint };
    await distill(student, teacher, { ...settings, epochs: 1 });
    const refused = async (options: object): Promise<string> =>
      (await expectCode('train/checkpoint', () => distill(student, teacher, { ...settings, ...options })))
        .message;
    expect(await refused({ labelSmoothing: 0.2 })).to.match(
      /labelSmoothing 0\.2.*, got .*labelSmoothing 0\.1/,
    );
    expect(await refused({ match: [{ ...match, distance: 'squared' }] })).to.match(
      /match dense_0 \(squared distance to .*, got .*match dense_0 \(cosine distance to /,
    );
    await refused({ match: [{ ...match, teacher: 'dense_1' }] });
    expect(await refused({ match: [{ ...match, projection: true }] })).to.include(', projected)');
    const { history } = await distill(student, teacher, settings);
    expect(history).to.have.length(SETTINGS.epochs);
    tf.dispose([data.inputs, data.labels]);
  });
});

describe('layerMap', () => {
  const names = (count: number, letter: string): string[] =>
    Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
  const pairs = (few: number, many: number, choose?: 'even' | 'last'): string[] =>
    layerMap(names(few, 's'), names(many, 't'), choose).map(({ teacher }) => teacher);

  it('spreads a student over its teacher, the last layer with the last', () => {
    expect(pairs(4, 12)).to.deep.equal(['t3', 't6', 't9', 't12']);
    expect(pairs(3, 3)).to.deep.equal(['t1', 't2', 't3']);
    expect(pairs(1, 5)).to.deep.equal(['t5']);
    expect(pairs(2, 5, 'last')).to.deep.equal(['t4', 't5']);
  });

  it('refuses more layers than the teacher has', () => {
    expect(() => pairs(3, 2)).to.throw('expected 1 to 2 layers of the student');
    expect(() => pairs(0, 2)).to.throw('got 0');
  });

  it('refuses what are no names', () => {
    const map = layerMap as (...args: unknown[]) => unknown;
    expect(() => map('a', ['b'])).to.throw("layerMap.student: expected a list of names of layers, got 'a'.");
    expect(() => map(['a'], [1])).to.throw('layerMap.teacher: expected a list of names of layers');
    expect(() => map(['a'], ['b'], 'first')).to.throw("choose: expected 'even' or 'last', got 'first'.");
  });
});
