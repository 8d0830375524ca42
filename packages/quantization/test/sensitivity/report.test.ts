import * as tf from '@tensorflow/tfjs';
import {
  collectReport,
  parseReport,
  reportHtml,
  reportMarkdown,
  type SensitivityRecord,
} from '@tfjs-optimize/benchmark';
import { loadModel, Random, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { sensitivity, type Sensitivity } from '../../src/index.js';

const random = Random.of(6);
const values = Float32Array.from({ length: 4 * 16 }, () => random.normal());

describe('sensitivity in a report', () => {
  let model: Model;
  let scored: Sensitivity;
  before(async () => {
    model = await loadModel(nets.mlp({ seed: 4 }));
    const evaluate = (given: Model): number => (given.graph.has('dense_2/kernel/fake_quant') ? 0.25 : 1);
    scored = await sensitivity(model, { data: { inputs: { values, shape: [4, 16] } }, evaluate });
  });

  it('is a record of reports as it is, and in JSON', async () => {
    const given: SensitivityRecord = scored;
    const inputs = tf.tensor(values, [4, 16]);
    const parts = { timing: false, profile: false, memory: false, weights: false } as const;
    const record = await collectReport({ float: model }, inputs, { ...parts, sensitivity: { float: given } });
    inputs.dispose();
    const read = parseReport(JSON.stringify(record)).models[0]?.sensitivity;
    expect(read).to.deep.equal(scored.toJSON());
    const [{ name, cost }] = record.models as [(typeof record.models)[number]];
    const asJson = { ...record, models: [{ name, cost, sensitivity: scored.toJSON() }] };
    expect(parseReport(JSON.stringify(asJson)).models[0]?.sensitivity).to.deep.equal(read);
    expect(await reportHtml(record)).to.match(/worst first\. dense_2: [^.]+\.\d.dB, drop 0\.75\./);
    expect(reportMarkdown(record)).to.match(/\| dense\\_2 \| .+ \| .+ \| .+ \| 0\.75 \|/);
  });
});
