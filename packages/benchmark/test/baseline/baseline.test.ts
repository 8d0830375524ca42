import * as tf from '@tensorflow/tfjs';
import {
  checkRegression,
  measureBaseline,
  parseBaseline,
  regressionVerdict,
  type Baseline,
  type Machine,
} from '@tfjs-optimize/benchmark';
import { backend, Random } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { dense } from '../measure/candidates.js';

const QUICK = { processes: 2, warmUpMs: 2, runs: 6, minSampleMs: 0.1 };

/** Logarithms of what a process makes of all times of a program: a few percent. */
const BETWEEN_PROCESSES = 0.04;

describe('baseline', function () {
  this.timeout(60_000);
  let measured: Baseline;
  let tensorsBefore: number;

  before(async () => {
    await backend.use('cpu');
    const model = dense();
    const x = tf.ones([4, 3]);
    tensorsBefore = tf.memory().numTensors;
    measured = await measureBaseline(model, x, { ...QUICK, name: 'small' });
  });

  /** The measurement as if processes had taken so many times the reference work. */
  const taking = (...ratios: [number, number, ...number[]]): Baseline => ({ ...measured, ratios });
  const on = (machine: Partial<Machine>): Baseline => ({
    ...measured,
    model: { ...measured.model, machine: { ...measured.model.machine, ...machine } },
  });

  it('holds a candidate against the reference work in each pair of processes, leaving no tensors', () => {
    expect(tf.memory().numTensors).to.equal(tensorsBefore);
    const { ratios, model, reference } = measured;
    expect(ratios).to.have.length(2);
    // Two processes of three samples each: that of all lies between those of the processes, or near.
    const whole = model.latency.p50 / reference.latency.p50;
    for (const ratio of ratios) expect(ratio / whole).to.be.within(0.1, 10);
    expect(model.name).to.equal('small');
    expect(model.machine.backend).to.equal('cpu');
    expect(model.inputs.map(({ shape }) => shape)).to.deep.equal([[4, 3]]);
    expect(reference.samples).to.have.length(model.samples.length);
  });

  it('takes the ratio of geometric means', () => {
    const { slowdown, verdict } = checkRegression(taking(1, 4), taking(3, 3), 1.1);
    expect(slowdown.value).to.be.closeTo(1.5, 1e-12);
    expect(slowdown.low * slowdown.high).to.be.closeTo(1.5 ** 2, 1e-9);
    expect(verdict).to.equal('not clear');
    expect(checkRegression(taking(2, 2.001), taking(3, 3.001), 1.1).verdict).to.equal('too slow');
    expect(checkRegression(taking(2, 2.001), taking(2, 2.001), 1.1).verdict).to.equal('within the limit');
  });

  it('is sure only where the whole interval lies on one side of the limit', () => {
    expect(regressionVerdict({ low: 1.11, high: 1.5 }, 1.1)).to.equal('too slow');
    expect(regressionVerdict({ low: 1.1, high: 1.5 }, 1.1)).to.equal('not clear');
    expect(regressionVerdict({ low: 0.9, high: 1.1 }, 1.1)).to.equal('within the limit');
  });

  it('takes at most 4 in 100 that are just as slow as the limit for too slow, and finds those that are', () => {
    const random = Random.of(7);
    const runs = (times: number) =>
      Array.from({ length: 5 }, () => times * Math.exp(random.normal(0, BETWEEN_PROCESSES)));
    const shareTooSlow = (slowdown: number): number => {
      let found = 0;
      for (let i = 0; i < 2000; i++) {
        const [before, now] = [
          { ...measured, ratios: runs(2) },
          { ...measured, ratios: runs(2 * slowdown) },
        ];
        if (checkRegression(before, now, 1.1).verdict === 'too slow') found++;
      }
      return found / 2000;
    };
    // One side of an interval of 95 %: 2.5 in 100, within 4 standard errors of 2000 trials.
    expect(shareTooSlow(1.1)).to.be.within(0.011, 0.039);
    expect(shareTooSlow(1)).to.be.below(0.001);
    expect(shareTooSlow(1.3)).to.be.above(0.99);
  });

  it('refuses another backend, other inputs and another processor, and warns of what else changed', async () => {
    await expectCode('baseline/other', () => checkRegression(on({ backend: 'wasm' }), measured, 1.1));
    const input = { key: 'x', dtype: 'float32', shape: [5, 3] };
    const others: Baseline = { ...measured, model: { ...measured.model, inputs: [input] } };
    await expectCode('baseline/other', () => checkRegression(others, measured, 1.1));

    const elsewhere = on({ cpu: 'abacus' });
    const refused = await expectCode('baseline/other', () => checkRegression(elsewhere, measured, 1.1));
    expect(refused.message).to.include('abacus').and.include('--other-machine');
    const taken = checkRegression(elsewhere, measured, 1.1, { otherMachine: true });
    expect(taken.warnings).to.have.length(1);
    expect(taken.warnings[0]).to.include('abacus');

    const { warnings } = checkRegression(on({ tfjs: '4.0.0', engine: 'Node 6' }), measured, 1.1);
    expect(warnings.join()).to.include('4.0.0').and.include('Node 6');
    expect(checkRegression(measured, measured, 1.1).warnings).to.deep.equal([]);
  });

  it('refuses limits that are none', async () => {
    for (const limit of [0, -1, NaN, Infinity]) {
      await expectCode('argument/invalid', () => checkRegression(measured, measured, limit));
    }
  });

  it('reads what was written, and refuses other versions and other files', async () => {
    expect(parseBaseline(JSON.stringify(measured))).to.deep.equal(measured);
    const refused = await expectCode('baseline/version', () => parseBaseline({ ...measured, version: 2 }));
    expect(refused.message).to.include('version 1').and.include('2');
    const { ratios: _, ...without } = measured;
    for (const other of [{ kind: 'other' }, '{', without, taking(1, 0), { ...measured, ratios: [1] }]) {
      await expectCode('baseline/schema', () => parseBaseline(other));
    }
  });
});
