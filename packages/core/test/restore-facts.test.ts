import {
  GraphBuilder,
  loadModel,
  restoreFacts,
  toArtifacts,
  Weight,
  type Fact,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** The weights named hold nothing above a bound. */
const bounded: Fact<ReadonlyMap<string, number>> = {
  name: 'test/bounded',
  check: (model, bounds) =>
    [...bounds].flatMap(([name, bound]) =>
      model.weights
        .need(name)
        .numbers()
        .every((value) => value <= bound)
        ? []
        : [{ subject: name, message: `holds more than ${bound}` }],
    ),
  toJson: (bounds) => Object.fromEntries(bounds),
  fromJson: (json) => {
    if (typeof json !== 'object' || json === null) throw new Error('no object');
    return new Map(Object.entries(json) as [string, number][]);
  },
};

/** Cannot be saved. */
const unsaved: Fact<number> = { name: 'test/unsaved', check: () => [] };

function model(): Model {
  const b = new GraphBuilder();
  b.output(b.op('Mul', [b.input('x', [-1]), b.constant('w', Float32Array.of(1, 2), [2])], {}, { name: 'y' }));
  const built = b.build();
  return built.with({ facts: built.facts.with(bounded, new Map([['w', 3]])).with(unsaved, 1) });
}

describe('restoreFacts', () => {
  it('gives a model read from a file the facts that were saved with it', async () => {
    const read = await loadModel(toArtifacts(model()));
    expect(read.facts.size).to.equal(0);
    expect(read.source.notes?.map(({ subject }) => subject)).to.deep.equal(['test/bounded']);
    const restored = restoreFacts(read, [bounded, unsaved]);
    expect([...restored.facts].map(({ fact }) => fact.name)).to.deep.equal(['test/bounded']);
    expect(restored.facts.get(bounded)).to.deep.equal(new Map([['w', 3]]));
    expect(restoreFacts(read, [unsaved])).to.equal(read);
    expect(toArtifacts(restored)).to.deep.equal(toArtifacts(model()));
  });

  it('refuses a file whose model breaks the fact, or whose value is none', async () => {
    const artifacts = toArtifacts(model());
    const read = await loadModel(artifacts);
    const weights = read.weights.with(new Map([['w', Weight.of(Float32Array.of(1, 5), [2])]]));
    const error = await expectCode('fact/violated', () => restoreFacts(read.with({ weights }), [bounded]));
    expect(error.message).to.contain("'test/bounded'").and.to.contain("'w': holds more than 3");
    const wrong: typeof bounded = {
      ...bounded,
      fromJson: () => {
        throw new Error('no bound');
      },
    };
    expect((await expectCode('io/format', () => restoreFacts(read, [wrong]))).message).to.contain('no bound');
  });
});
