import { collectReport, parseReport, reportHtml, reportMarkdown } from '@tfjs-optimize/benchmark';
import { expectCode } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { sensitivity } from '../../src/index.js';
import { DATA, model as makeModel, score } from './task.js';

describe('sensitivity to pruning in a report', () => {
  before(() => tf.setBackend('cpu'));

  it('is drawn as it is, and from JSON', async () => {
    const model = await makeModel();
    const scored = await sensitivity(model, { ratios: [0.5, 0.9375], evaluate: score });
    const choice = { roundTo: 1 };
    const noise = await sensitivity(model, { kind: 'channels', ratios: [0.5], data: DATA, choice });
    const parts = { timing: false, profile: false, memory: false, weights: false } as const;
    const inputs = tf.tensor2d(DATA.inputs.values, [2, 8]);
    const collect = (given: typeof scored): ReturnType<typeof collectReport> =>
      collectReport({ dense: model }, inputs, { ...parts, sensitivity: { dense: [given, noise] } });
    const record = await collect(scored);
    expect(await collect(JSON.parse(JSON.stringify(scored)) as typeof scored)).to.deep.include({
      models: record.models,
    });
    await expectCode('argument/invalid', () =>
      collectReport({ dense: model }, inputs, { ...parts, sensitivity: { other: scored } }),
    );
    inputs.dispose();
    model.dispose();
    const read = parseReport(JSON.stringify(record)).models[0]?.sensitivityCurves;
    const { choice: _, ...plain } = noise.toJSON();
    expect(read).to.deep.equal([scored.toJSON(), plain]);
    const page = await reportHtml(record);
    expect(page).to.contain('by share of weights pruned, worst first. keep: 0.5 at');
    expect(page).to.contain('Signal to noise of the outputs, by share of channels');
    expect(reportMarkdown(record)).to.match(/\| keep \| MatMul \| 0 \| 0\.5 \|/);
  });
});
