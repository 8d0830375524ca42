import * as tf from '@tensorflow/tfjs';
import {
  checkRegression,
  measureBaseline,
  parseBaseline,
  regressionVerdict,
  type Baseline,
} from '@tfjs-optimize/benchmark';
import { backend, isOptimizeError } from '@tfjs-optimize/core';
import { expect } from 'chai';

const QUICK = { warmUpMs: 20, maxWarmUpMs: 40, runs: 6 };

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return isOptimizeError(error) ? error.code : String(error);
  }
}

describe('baseline', () => {
  let measured: Baseline;
  let tensorsBefore: number;
  before(async () => {
    await backend.use('cpu');
    const x = tf.ones([4, 8]);
    tensorsBefore = tf.memory().numTensors;
    measured = await measureBaseline(([a]) => tf.relu(a as tf.Tensor), x, { ...QUICK, name: 'small' });
  });

  /** The measurement as if the model had taken so many times the reference work. */
  const taking = (value: number, low: number, high: number): Baseline => ({
    ...measured,
    relative: { value, low, high },
  });

  it('holds a candidate against the reference work, leaving no tensors', () => {
    expect(tf.memory().numTensors).to.equal(tensorsBefore);
    const { relative, model, reference, machine, inputs } = measured;
    expect(model.name).to.equal('small');
    expect(relative.value).to.be.closeTo(model.latency.p50 / reference.latency.p50, 1e-9);
    expect(relative.low).to.be.at.most(relative.value);
    expect(machine.backend).to.equal('cpu');
    expect(inputs).to.deep.equal([{ key: 'input 0', dtype: 'float32', shape: [4, 8] }]);
  });

  it('divides times and adds the errors of both, and what processes differ by, in squares', () => {
    // 0.04² + 0.12² + 0.03² = 0.13², on the scale of logarithms; 3 % is what processes differ by.
    const before = taking(2, 2 * Math.exp(-0.04), 2 * Math.exp(0.04));
    const now = taking(3, 3 * Math.exp(-0.12), 3 * Math.exp(0.12));
    const { slowdown, verdict } = checkRegression(before, now, 1.1);
    expect(slowdown.value).to.be.closeTo(1.5, 1e-12);
    expect(slowdown.low).to.be.closeTo(1.5 * Math.exp(-0.13), 1e-12);
    expect(slowdown.high).to.be.closeTo(1.5 * Math.exp(0.13), 1e-12);
    expect(verdict).to.equal('too slow');
  });

  it('takes the far end of the one for the near end of the other', () => {
    const { slowdown } = checkRegression(taking(1, 1, Math.exp(0.04)), taking(1, 1, 1), 2);
    expect(slowdown.low).to.be.closeTo(Math.exp(-0.05), 1e-12);
    expect(slowdown.high).to.be.closeTo(Math.exp(0.03), 1e-12);
  });

  it('is sure only where the whole interval lies on one side of the limit', () => {
    expect(regressionVerdict({ value: 1.3, low: 1.11, high: 1.5 }, 1.1)).to.equal('too slow');
    expect(regressionVerdict({ value: 1.3, low: 1.1, high: 1.5 }, 1.1)).to.equal('not clear');
    expect(regressionVerdict({ value: 1, low: 0.9, high: 1.1 }, 1.1)).to.equal('within the limit');
  });

  it('warns of another machine, refuses another backend and other inputs', () => {
    const elsewhere: Baseline = { ...measured, machine: { ...measured.machine, cpu: 'abacus' } };
    const { warnings } = checkRegression(elsewhere, measured, 1.1);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include('abacus');
    const onWasm: Baseline = { ...measured, machine: { ...measured.machine, backend: 'wasm' } };
    expect(codeOf(() => checkRegression(onWasm, measured, 1.1))).to.equal('baseline/other');
    const other: Baseline = { ...measured, inputs: [{ key: 'input 0', dtype: 'float32', shape: [5, 8] }] };
    expect(codeOf(() => checkRegression(other, measured, 1.1))).to.equal('baseline/other');
    for (const limit of [0, -1, NaN, Infinity]) {
      expect(codeOf(() => checkRegression(measured, measured, limit))).to.equal('argument/invalid');
    }
  });

  it('reads what was written, and refuses other versions and other files', () => {
    expect(parseBaseline(JSON.stringify(measured))).to.deep.equal(measured);
    expect(codeOf(() => parseBaseline({ ...measured, version: 2 }))).to.equal('baseline/version');
    expect(codeOf(() => parseBaseline({ kind: 'other' }))).to.equal('baseline/schema');
    expect(codeOf(() => parseBaseline('{'))).to.equal('baseline/schema');
    const { relative: _, ...without } = measured;
    expect(codeOf(() => parseBaseline(without))).to.equal('baseline/schema');
  });
});
