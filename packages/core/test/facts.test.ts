import {
  any,
  constant,
  Draft,
  Facts,
  GraphBuilder,
  op,
  replaceBy,
  replaceByConstant,
  rewrite,
  Weight,
  Weights,
  type Fact,
  type Rule,
  type WeightMove,
} from '@tfjs-optimize/core';
import { expect } from 'chai';

interface Seen {
  readonly moves: readonly WeightMove[];
  readonly left: readonly string[];
}

/** A fact that remembers what it was told, and which of some weights were left. */
const seen: Fact<Seen> = {
  name: 'test/seen',
  check: () => [],
  follow: (_, moves, isThere) => ({ moves, left: ['w', 'other', 'dead'].filter(isThere) }),
};
const still: Fact<number> = { name: 'test/still', check: () => [] };

/** x · w, and beside it a product that nothing reads. */
function twoProducts(): GraphBuilder {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 2]);
  b.op('MatMul', [x, b.constant('dead', [1, 2, 3, 4], [2, 2])], {}, 'nobody');
  b.output(b.op('MatMul', [x, b.constant('w', [1, 2, 3, 4], [2, 2])], {}, 'y'));
  return b;
}

/** a · w  →  doubled(a, 2w), said to come from w or not. */
const doubling = (tells: boolean): Rule => ({
  name: 'double',
  identity: 'a · w = doubled(a, 2w)',
  pattern: op('MatMul', {
    inputs: [any('a'), constant('w', ({ shape }) => shape.length === 2 || 'is no matrix')],
  }),
  apply: (match, context) => {
    const weight = match.weight('w');
    const values = (weight.numbers() as Float32Array).map((value) => 2 * value);
    const twice = context.constant(Weight.of(values, weight.shape), {
      name: 'other',
      ...(tells && { of: { weight: match.value('w') } }),
    });
    return replaceBy('Doubled', [match.value('a'), twice]);
  },
});

describe('facts and the weights that passes replace', () => {
  it('are told of weights that a rule made of others, and of what is left', () => {
    const model = twoProducts().build();
    const facts = model.facts.with(seen, { moves: [], left: [] }).with(still, 7);
    const next = rewrite(model.with({ facts }), [doubling(true)]).model.facts;
    const { moves, left } = next.need(seen);
    expect(moves.map(({ from, to }) => [from, to])).to.deep.equal([
      ['dead', 'other'],
      ['w', 'other_1'],
    ]);
    expect(left).to.deep.equal(['other']);
    expect(next.need(still)).to.equal(7);
  });

  it('are told nothing where a rule does not say what its constants come from', () => {
    const model = twoProducts().build();
    const facts = model.facts.with(seen, { moves: [], left: [] });
    expect(rewrite(model.with({ facts }), [doubling(false)]).model.facts.need(seen).moves).to.deep.equal([]);
  });

  it('are told of a root that becomes a constant, and how its elements moved', () => {
    const place = (weight: Weight): Weight => weight;
    const b = new GraphBuilder();
    const w = b.constant('w', [1, 2], [2]);
    b.output(b.op('Add', [b.input('x', [2]), b.op('Neg', [w], {}, 'neg')], {}, 'y'));
    const model = b.build();
    const fold: Rule = {
      name: 'fold',
      identity: '-c = c',
      pattern: op('Neg', { inputs: [constant('c')] }),
      apply: (match) =>
        replaceByConstant(Weight.of(Float32Array.of(-1, -2), [2]), [{ weight: match.value('c'), place }]),
    };
    const { facts } = rewrite(model.with({ facts: Facts.none.with(seen, { moves: [], left: [] }) }), [
      fold,
    ]).model;
    expect(facts.need(seen).moves).to.deep.equal([{ from: 'w', to: 'neg', place }]);
  });

  it('are told of weights that are removed because nothing needs them', () => {
    const model = twoProducts().build();
    const draft = new Draft(model.with({ facts: Facts.none.with(seen, { moves: [], left: [] }) }));
    draft.removeDead();
    const { moves, left } = draft.finish().facts.need(seen);
    expect(moves).to.deep.equal([{ from: 'dead', to: undefined }]);
    expect(left).to.deep.equal(['w']);
  });

  it('stay the very facts where nothing moved, or none follows', () => {
    const facts = Facts.none.with(still, 1);
    expect(facts.followed([{ from: 'a', to: 'b' }], new Weights())).to.equal(facts);
    const all = facts.with(seen, { moves: [], left: [] });
    expect(all.followed([], new Weights())).to.equal(all);
  });
});
