import { expectCode, needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import type { SparsitySchedule } from '../../src/schedules/schedule.js';
import { sparsities } from '../../src/schedules/sparsities.js';

/** The schedule that a case is of; -1 is no end. */
function scheduleOf({ inputs }: GoldenCase): SparsitySchedule {
  const given = (name: string): number | undefined =>
    inputs[name] === undefined ? undefined : Number(inputs[name]);
  const [end, frequency, power] = [given('end_step'), given('frequency'), given('power')];
  const times = {
    begin: given('begin_step') as number,
    ...(end !== undefined && (end !== -1 || inputs['kind'] !== 'ConstantSparsity') && { end }),
    ...(frequency !== undefined && { frequency }),
  };
  if (inputs['kind'] === 'ConstantSparsity') {
    return sparsities.constant({ to: given('target_sparsity') as number, ...times });
  }
  return sparsities.polynomial({
    from: given('initial_sparsity') as number,
    to: given('final_sparsity') as number,
    ...times,
    ...(power !== undefined && { power }),
  });
}

describe('schedules of TensorFlow Model Optimization (golden a05a_tfmot_schedules)', () => {
  it('prune at the same steps, to the same float32', function () {
    let compared = 0;
    for (const testCase of needGolden(this, 'a05a_tfmot_schedules').cases) {
      const { name, inputs, outputs } = testCase;
      const wanted = outputs['sparsity'] as readonly unknown[] | undefined;
      if (wanted === undefined || wanted.includes(NaN)) continue;
      const steps = inputs['steps'] as readonly number[];
      const { prunesAt, sparsityAt } = scheduleOf(testCase).over(10_000);
      expect(steps.map(prunesAt), name).to.deep.equal(outputs['should_prune']);
      expect(steps.map(sparsityAt), name).to.deep.equal(wanted);
      compared += steps.length;
    }
    expect(compared).to.be.at.least(200);
  });

  it('are refused where they are there, and where they give NaN', async function () {
    const cases = needGolden(this, 'a05a_tfmot_schedules').cases.filter(({ outputs }) => {
      const sparsity = outputs['sparsity'] as readonly unknown[] | undefined;
      return sparsity === undefined || sparsity.includes(NaN);
    });
    for (const testCase of cases) await expectCode('pruning/schedule', () => scheduleOf(testCase));
    expect(cases).to.have.length(6);
  });
});
