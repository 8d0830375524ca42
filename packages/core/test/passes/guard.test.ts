import { expect } from 'chai';
import type { Model } from '../../src/model.js';
import type { Pass } from '../../src/pass.js';
import { guard, optimize } from '../../src/passes/index.js';
import { mapped, valuesOf, vectorModel } from './made-up.js';

/** Sets values to zero, all but the excluded; the metric is the sum of what is left. */
function zero(excluded: readonly string[] = []): Pass {
  return {
    name: 'test/zero',
    options: { excluded },
    narrow: {
      candidates: (model) => valuesOf(model).map((_, i) => `v${i}`),
      without: (more) => zero([...excluded, ...more]),
    },
    run: (model) => {
      const next = mapped(model, (value, i) => (excluded.includes(`v${i}`) ? value : 0));
      const changed = String(valuesOf(next)) !== String(valuesOf(model));
      return Promise.resolve({ model: changed ? next : model, changed, notes: [] });
    },
  };
}

const sum = (model: Model): number => valuesOf(model).reduce((a, b) => a + b, 0);

describe('guard', () => {
  it('keeps a result within the bound as it is', async () => {
    const { model } = await optimize(vectorModel([1, 2]), guard(zero(), { maxDrop: 3 }), { evaluate: sum });
    expect(valuesOf(model)).to.deep.equal([0, 0]);
  });

  it('leaves out the fewest of the most harmful parts', async () => {
    const input = vectorModel([1, 16, 2, 8, 4]);
    const { model, notes } = await optimize(input, guard(zero(), { maxDrop: 7 }), { evaluate: sum });
    expect(valuesOf(model)).to.deep.equal([0, 16, 0, 8, 0]);
    expect(notes.at(-1)?.message).to.contain('left out v1, v3 (2 of 5): the metric went from 31 to 24');
  });

  it('gives the model back untouched when nothing helps, and says so', async () => {
    const input = vectorModel([4, 4]);
    const { model, notes } = await optimize(input, guard(zero(), { maxDrop: 1 }), { evaluate: sum });
    expect(model).to.equal(input);
    expect(notes[0]).to.include({ kind: 'declined', level: 'warning' });
    expect(notes[0]?.message).to.contain('fell from 8 to 0, more than 1');
  });

  it('treats a metric that is NaN as a drop', async () => {
    const input = vectorModel([4]);
    const { model } = await optimize(input, guard(zero(), { maxDrop: 100 }), {
      evaluate: (candidate) => (candidate === input ? 1 : NaN),
    });
    expect(model).to.equal(input);
  });

  it('finds its metric by name among the inputs', async () => {
    const guarded = guard(zero(), { maxDrop: 3, metric: 'accuracy' });
    const { model } = await optimize(vectorModel([1, 2]), guarded, { inputs: { accuracy: sum } });
    expect(valuesOf(model)).to.deep.equal([0, 0]);
    let code = '';
    await optimize(vectorModel([1]), guarded).catch(
      (error: unknown) => (code = (error as { code: string }).code),
    );
    expect(code).to.equal('context/missing');
  });
});
