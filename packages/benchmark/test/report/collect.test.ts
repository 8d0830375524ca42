import * as tf from '@tensorflow/tfjs';
import { loadModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { accuracy } from '../../src/quality/index.js';
import {
  collectReport,
  parseReport,
  reportHtml,
  reportMarkdown,
  type CollectOptions,
} from '../../src/report/index.js';

const QUICK: CollectOptions = {
  timing: { runs: 3, warmUpMs: 0, minSampleMs: 0 },
  profile: { calls: 2, warmUpMs: 0 },
  roofline: { timeMs: 5, warmUpMs: 1, bufferBytes: 2 ** 16, maxSide: 128 },
  memory: { isolate: false, calls: 1 },
};

/** What pruning a layer does, as it may come, with numbers that no record holds. */
const POINTS = [
  { ratio: 0.5, pruned: 0.5, drop: 0.25, snr: Infinity, cosine: 1 },
  { ratio: 0.9, pruned: 1, drop: NaN, cosine: NaN },
];

describe('collecting a report', () => {
  let before_: Model;
  let after_: Model;
  let images: tf.Tensor;
  let labels: tf.Tensor;

  before(async () => {
    await tf.setBackend('cpu');
    const net = nets.lenet({ seed: 1 });
    [before_, after_] = [await loadModel(net), await loadModel(net)];
    const [{ shape }] = net.inputs as [tf.SymbolicTensor];
    images = tf.randomUniform([4, ...(shape.slice(1) as number[])], 0, 1, 'float32', 2);
    labels = tf.tensor1d([0, 1, 2, 3], 'int32');
  });
  after(() => {
    tf.dispose([images, labels]);
    before_.dispose();
    after_.dispose();
  });

  it('refuses options that only a comparison heeds, and another backend', async () => {
    for (const timing of [
      { differByDesign: true },
      { isolate: true },
      { tolerance: 1 },
      { backend: 'cpu' as const },
    ]) {
      await expectCode('argument/invalid', () =>
        collectReport({ only: before_ }, images, { ...QUICK, timing }),
      );
    }
    const models = { before: before_, after: after_ };
    await expectCode('argument/invalid', () =>
      collectReport({ b: before_, 1: after_ }, images, { ...QUICK, timing: false }),
    );
    await expectCode('argument/invalid', () =>
      collectReport(models, images, { ...QUICK, timing: { isolate: true, backend: 'wasm' } }),
    );
    await expectCode('argument/invalid', () =>
      collectReport(models, images, { ...QUICK, files: { other: 'x' } }),
    );
    await expectCode('argument/invalid', () =>
      collectReport(models, images, { ...QUICK, training: { other: [] } }),
    );
    const other = { layers: [], examples: 0, bits: 8 };
    await expectCode('argument/invalid', () =>
      collectReport(models, images, { ...QUICK, sensitivity: { other } }),
    );
  });

  it('measures two models against each other, and everything else of each', async () => {
    const steps: string[] = [];
    const record = await collectReport({ before: before_, after: after_ }, images, {
      ...QUICK,
      title: 'Twins',
      quality: { data: { xs: images, ys: labels }, metrics: [accuracy()] },
      batches: { sizes: [1, 2], runs: 2, warmUpMs: 0, minSampleMs: 0 },
      backends: { backends: ['cpu', 'webgl'], runs: 2, warmUpMs: 0, minSampleMs: 0 },
      training: {
        after: [{ epoch: 0, numbers: { loss: 0.5, top: NaN }, steps: 3, learningRate: undefined }],
      },
      sensitivity: {
        before: {
          layers: [
            { layer: 'l', nodes: ['n'], op: 'Conv2D', sqnr: 20, cosine: 0.9, drop: 0.1 },
            { layer: 'm', nodes: [], op: 'MatMul', sqnr: Infinity, cosine: NaN, drop: NaN },
          ],
          ...{ examples: 4, bits: 8, score: 0.5, text: () => 'a method' },
        },
        after: [
          { layers: [], examples: 4, bits: 8 },
          {
            kind: 'weights',
            layers: [{ layer: 'l', op: 'MatMul', size: 4, points: POINTS }],
            ...{ score: 0.5, text: () => 'a method' },
          },
          { kind: 'channels', layers: [], examples: 4 },
        ],
      },
      notes: [{ level: 'info', kind: 'did', message: 'nothing' }],
      remarks: ['Inputs: <random>.'],
      progress: ({ task, message }) => {
        if (task === 'report') steps.push(message ?? '');
      },
    });
    expect(parseReport(JSON.stringify(record))).to.deep.equal(record);
    expect(record.title).to.equal('Twins');
    expect(record.remarks).to.deep.equal(['Inputs: <random>.']);
    expect(await reportHtml(record)).to.include('<dd>Inputs: &lt;random&gt;.</dd>');
    expect(reportMarkdown(record)).to.include('- Inputs: &lt;random&gt;.');
    expect(record.models.map(({ name }) => name)).to.deep.equal(['before', 'after']);
    expect(record.comparison?.against.map(({ name }) => name)).to.deep.equal(['after']);
    for (const model of record.models) {
      expect(model).to.include.all.keys('cost', 'profile', 'limits', 'memory', 'quality', 'histograms');
      expect(model).not.to.have.property('measurement');
      expect(model.batches?.batches.map(({ size }) => size)).to.deep.equal([1, 2]);
      expect(model.quality?.scores.map(({ name }) => name)).to.deep.equal(['accuracy']);
      const names = new Set(model.cost.layers.map(({ name }) => name));
      for (const { layer } of model.histograms ?? []) expect(names).to.include(layer);
    }
    expect(record.models.map(({ training }) => training)).to.deep.equal([
      undefined,
      [{ epoch: 0, numbers: { loss: 0.5 }, steps: 3 }],
    ]);
    expect(record.models.map(({ sensitivity }) => sensitivity)).to.deep.equal([
      {
        layers: [
          { layer: 'l', nodes: ['n'], op: 'Conv2D', sqnr: 20, cosine: 0.9, drop: 0.1 },
          { layer: 'm', nodes: [], op: 'MatMul', sqnr: null },
        ],
        examples: 4,
        bits: 8,
        score: 0.5,
      },
      undefined,
    ]);
    expect(record.models.map(({ sensitivityCurves }) => sensitivityCurves)).to.deep.equal([
      undefined,
      [
        {
          kind: 'weights',
          layers: [
            {
              ...{ layer: 'l', op: 'MatMul', size: 4 },
              points: [
                { ratio: 0.5, pruned: 0.5, drop: 0.25, snr: null, cosine: 1 },
                { ratio: 0.9, pruned: 1, drop: null },
              ],
            },
          ],
          score: 0.5,
        },
      ],
    ]);
    expect(record.backends?.map(({ outcome }) => outcome)).to.deep.equal(['measured', 'missing']);
    expect(record.backendTimes?.measurements.map(({ name }) => name)).to.deep.equal(['cpu']);
    expect(steps).to.include('timing').and.include('after: profiling');
    expect(await reportHtml(record)).to.contain('id="roofline"');
  });

  it('measures one model by itself, and leaves out what was not asked for', async () => {
    const record = await collectReport({ only: before_ }, images, {
      timing: QUICK.timing ?? {},
      profile: false,
      memory: false,
      weights: false,
    });
    expect(record).not.to.have.any.keys(
      'comparison',
      'roofline',
      'backends',
      'backendTimes',
      'recipe',
      'notes',
    );
    expect(record.models).to.have.length(1);
    expect(record.models[0]).to.have.all.keys('name', 'cost', 'measurement');
    expect(record.models[0]?.measurement?.name).to.equal('only');
    expect(record.models[0]?.measurement?.samples).to.have.length(3);
  });

  it('draws the weights that are named, and refuses unknown ones', async () => {
    const options: CollectOptions = { timing: false, profile: false, memory: false };
    const [layer] = (await collectReport({ only: before_ }, images, options)).models[0]?.histograms ?? [];
    const chosen = await collectReport({ only: before_ }, images, {
      ...options,
      weights: [layer?.name ?? ''],
    });
    expect(chosen.models[0]?.histograms?.map(({ name }) => name)).to.deep.equal([layer?.name]);
    await expectCode('argument/invalid', () =>
      collectReport({ only: before_ }, images, { ...options, weights: ['none of that name'] }),
    );
  });

  it('leaves no tensors behind', async () => {
    await expectNoLeak(() => collectReport({ before: before_, after: after_ }, images, QUICK));
  });

  it('refuses no models, and stops when told', async () => {
    await expectCode('argument/missing', () => collectReport({}, images));
    const signal = AbortSignal.abort();
    await expectCode('aborted', () => collectReport({ only: before_ }, images, { ...QUICK, signal }));
  });
});
