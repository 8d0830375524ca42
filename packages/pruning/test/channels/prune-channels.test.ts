import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  evaluateModel,
  fit,
  GraphBuilder,
  makeContext,
  modelDigest,
  parseRecipe,
  passesOf,
  recipeOf,
  runPass,
  stringifyRecipe,
  traceLayersModel,
  Weight,
  type Fact,
  type Model,
} from '@tfjs-optimize/core';
import { expectCode, nets } from '@tfjs-optimize/testing';
import {
  explainGroups,
  l1Unstructured,
  masksFact,
  pruneChannels,
  pruneChannelsPass,
  pruningPasses,
  type ChannelStep,
} from '../../src/index.js';
import { perceptron } from './small.js';
import { expectSame, zeroed } from './zeroed.js';

const sizes = (model: Model): number[] => ['a', 'b'].map((name) => model.weights.need(`${name}/bias`).size);

describe('pruneChannels', () => {
  before(() => tf.setBackend('cpu'));
  const model = perceptron({ hidden: [16, 24] });

  it('leaves the given model as it is and counts what is left', async () => {
    const digest = modelDigest(model);
    const { before: first, after, model: small, notes } = await pruneChannels(model, { ratio: 0.5 });
    expect(modelDigest(model)).to.equal(digest);
    expect(sizes(small)).to.deep.equal([8, 16]);
    expect(first).to.deep.equal({
      parameters: 4 * 16 + 16 + 16 * 24 + 24 + 24 * 3 + 3,
      macs: 64 + 384 + 72,
      flops: 2 * (64 + 384 + 72) + 43 + 40,
      bytes: 2252,
    });
    expect(after.parameters).to.equal(4 * 8 + 8 + 8 * 16 + 16 + 16 * 3 + 3);
    expect(after.macs).to.equal(32 + 128 + 48);
    expect(notes.filter(({ kind }) => kind === 'did').map(({ subject }) => subject)).to.have.members([
      'a',
      'b',
    ]);
    expect(notes.map(({ message }) => message)).to.have.members([
      "'a': 8 of 16 channels removed",
      "'b': 8 of 24 channels removed",
      "'last': 3 channels stay, since each is an output of the model ('last/BiasAdd')",
      "'into a': 4 channels stay, since each is an input of the model ('x')",
    ]);
  });

  it('takes the masks that the layers of a layers model have along', async () => {
    const layers = [
      tf.layers.dense({ units: 16, inputShape: [4], name: 'a' }),
      tf.layers.dense({ units: 3, name: 'b' }),
    ];
    const net = tf.sequential({ layers });
    l1Unstructured(net.getLayer('a'), 0.5);
    const { model: small } = await pruneChannels(net, { ratio: 0.5 });
    const masks = small.facts.need(masksFact);
    expect([...masks].map(([name, { shape }]) => [name, shape])).to.deep.equal([['a/kernel', [4, 8]]]);
    expect(masksFact.check(small, masks)).to.deep.equal([]);
    net.dispose();
  });

  it('rounds what is left up to multiples of 8 unless told, and never removes a small group whole', async () => {
    expect(sizes((await pruneChannels(model, { ratio: 0.9 })).model)).to.deep.equal([8, 8]);
    expect(sizes((await pruneChannels(model, { ratio: 0.9, roundTo: 1 })).model)).to.deep.equal([1, 2]);
    expect(
      sizes((await pruneChannels(model, { ratio: 0.9, roundTo: 1, maxRatio: 0.5 })).model),
    ).to.deep.equal([8, 12]);
    const small = perceptron({ hidden: [4, 2] });
    const { model: same, notes } = await pruneChannels(small, { ratio: 0.5 });
    expect(same).to.equal(small);
    expect(notes.find(({ subject }) => subject === 'a')?.message).to.equal(
      "'a' stays whole: what is left of 4 channels is rounded up to a multiple of 8",
    );
  });

  it('warns of groups that rounding leaves whole, by whichever scope, and of no others', async () => {
    const uneven = perceptron({ hidden: [16, 4, 6] });
    const warned = "warning: roundTo 8 leaves 'c', 'b' whole, which were to lose channels";
    for (const scope of ['group', 'model'] as const) {
      const result = await pruneChannels(uneven, { ratio: 0.5, scope });
      expect(result.text(), scope).to.include(warned);
      expect(result.notes.filter(({ level }) => level === 'warning')).to.have.length(1);
      expect((await pruneChannels(uneven, { ratio: 0.5, scope, roundTo: 2 })).text()).to.not.include(
        'warning',
      );
    }
    // What a later step removes is no warning of an earlier one.
    const { text } = await pruneChannels(model, { ratio: 0.5, iterations: 4 });
    expect(text()).to.not.include('warning');
    const few = await pruneChannels(perceptron({ hidden: [7, 6, 5, 4, 3, 2] }), { ratio: 0.5 });
    expect(few.text()).to.include("'f', 'e', 'd', 'c' and 2 more whole");
    const bounded = await pruneChannels(model, { ratio: 0.5, maxRatio: 0.01, roundTo: 1 });
    expect(bounded.notes.map(({ message }) => message)).to.include(
      "'a' stays whole: 0.01 of 16 channels is less than one",
    );
  });

  it('takes ratios by layer, and leaves out layers', async () => {
    const options = { roundTo: 1, ratio: 0.5 } as const;
    expect(sizes((await pruneChannels(model, { ...options, ignore: ['a'] })).model)).to.deep.equal([16, 12]);
    expect(sizes((await pruneChannels(model, { ...options, layers: { b: 0.25 } })).model)).to.deep.equal([
      8, 18,
    ]);
    expect(
      sizes((await pruneChannels(model, { roundTo: 1, layers: { 'a/MatMul': 0.25 } })).model),
    ).to.deep.equal([12, 24]);
  });

  it('of all groups together removes what matters least, one channel of each group always stays', async () => {
    const { model: small } = await pruneChannels(model, { ratio: 0.5, scope: 'model', roundTo: 1 });
    expect(sizes(small).reduce((a, b) => a + b)).to.equal(20);
    const { model: least } = await pruneChannels(model, { ratio: 0.99, scope: 'model', roundTo: 1 });
    expect(Math.min(...sizes(least))).to.equal(1);
  });

  for (const scope of ['group', 'model'] as const) {
    it(`finds the ratio for a budget (${scope}), by share and absolute`, async () => {
      for (const [figure, most] of [
        ['parameters', 0.4],
        ['macs', 0.5],
        ['bytes', 800],
        ['flops', 700],
      ] as const) {
        const { before: first, after } = await pruneChannels(model, {
          budget: { [figure]: most },
          scope,
          roundTo: 1,
        });
        const limit = most < 1 ? most * (first[figure] as number) : most;
        expect(after[figure], figure).to.be.at.most(limit);
        // A channel costs at most 29 parameters, 28 products.
        expect(after[figure], figure).to.be.above(0.8 * limit);
      }
    });
  }

  it('gives channels back that rounding took beyond a budget, first those that matter most', async () => {
    const even = perceptron({ hidden: [32, 32, 32] });
    const { before: first, after, steps } = await pruneChannels(even, { budget: { macs: 0.5 } });
    const half = (first.macs as number) / 2;
    expect(half).to.equal((4 * 32 + 32 * 32 * 2 + 32 * 3) / 2);
    // At one ratio all have 24 channels, which is too much, or all 16, which is half of the budget.
    expect(24 * (4 + 24 + 24 + 3)).to.be.above(half);
    expect(after.macs).to.be.within(0.8 * half, half);
    const groups = steps[0] ?? [];
    const worth = ({ importance = [] }: (typeof groups)[number]): number =>
      [...importance].sort((a, b) => a - b).reduce((sum, one, i) => sum + (i >= 8 && i < 16 ? one : 0), 0);
    const byWorth = [...groups].sort((a, b) => worth(b) - worth(a));
    expect(byWorth.map((group) => group.after)).to.deep.equal([24, 24, 16]);
    for (const { importance = [], removed } of groups) {
      const most = Math.max(...removed.map((i) => importance[i] as number));
      const least = importance.filter((_, i) => !removed.includes(i)).reduce((a, b) => Math.min(a, b));
      expect(most).to.be.at.most(least);
    }
  });

  it('gives channels back of all groups together, too, until no step fits any more', async () => {
    const uneven = perceptron({ hidden: [64, 16, 16], seed: 2 });
    const options = { budget: { macs: 0.5 }, scope: 'model' } as const;
    const { before: first, after, steps } = await pruneChannels(uneven, options);
    const left = (steps[0] ?? []).map((group): [string, number] => [group.name, group.after]);
    const { a, b, c } = { a: 64, b: 16, c: 16, ...Object.fromEntries(left) };
    const macs = (x: number, y: number, z: number): number => 4 * x + x * y + y * z + 3 * z;
    const half = (first.macs as number) / 2;
    expect(after.macs)
      .to.equal(macs(a, b, c))
      .and.to.be.at.most(half);
    expect([b, c]).to.deep.equal([8, 16]);
    expect(macs(a + 8, b, c)).to.be.above(half);
    expect(macs(a, b + 8, c)).to.be.above(half);
  });

  it('says how far it got where a budget cannot be reached', async () => {
    const error = await expectCode('pruning/budget', () =>
      pruneChannels(model, { budget: { parameters: 10 }, roundTo: 8 }),
    );
    expect(error.message).to.match(/at most 10 of 563, got 139 with all removed/);
  });

  it('goes in steps, with training in between', async () => {
    const seen: number[][] = [];
    const told: ChannelStep[] = [];
    const {
      model: small,
      steps,
      ...figures
    } = await pruneChannels(model, {
      ratio: 0.5,
      roundTo: 1,
      iterations: 4,
      between: (part, step) => {
        seen.push([step.step, ...sizes(part)]);
        told.push(step);
        return Promise.resolve(part);
      },
    });
    expect(told.map((step) => [step.step, step.steps, step.isLast])).to.deep.equal([
      [1, 4, false],
      [2, 4, false],
      [3, 4, false],
      [4, 4, true],
    ]);
    for (const step of told) expect(step.before).to.deep.equal(figures.before);
    expect(told.map(({ after }) => after.macs)).to.deep.equal(
      seen.map(([, a = 0, b = 0]) => 4 * a + a * b + 3 * b),
    );
    expect(told.at(-1)?.after).to.deep.equal(figures.after);
    expect(seen).to.deep.equal([
      [1, 14, 21],
      [2, 12, 18],
      [3, 10, 15],
      [4, 8, 12],
    ]);
    expect(sizes(small)).to.deep.equal([8, 12]);
    expect(steps).to.have.length(4);
    await expectCode('model/structure', () => pruneChannels(model, { ratio: 0.5, between: () => model }));
  });

  it('can be trained in between by fit', async () => {
    const [x, y] = [nets.uniformTensor([32, 4], 1), nets.uniformTensor([32, 3], 2)];
    const data = { inputs: x, labels: y };
    const losses: number[] = [];
    const { model: small } = await pruneChannels(model, {
      ratio: 0.5,
      roundTo: 1,
      iterations: 2,
      between: async (part) => {
        const options = { data, loss: 'meanSquaredError', epochs: 5, batchSize: 8, seed: 1 } as const;
        const fitted = await fit(part, options);
        losses.push(await lossOf(part), await lossOf(fitted.model));
        return fitted.model;
      },
    });
    const [before1 = 0, after1 = 0, before2 = 0, after2 = 0] = losses;
    expect(after1).to.be.below(before1);
    expect(after2).to.be.below(before2);
    expect(sizes(small)).to.deep.equal([8, 12]);
    async function lossOf(one: Model<'float'>): Promise<number> {
      return (await evaluateModel(one, { data, loss: 'meanSquaredError' }))['loss'] as number;
    }
    tf.dispose([x, y]);
  });

  it('removes channels by their number, with all that is coupled to them', async () => {
    const { model: small } = await pruneChannels(model, { remove: { a: [0, 5], 'b/kernel': [23] } });
    expect(sizes(small)).to.deep.equal([14, 23]);
    const kept = [...Array(16).keys()].filter((i) => i !== 0 && i !== 5);
    const bias = model.weights.need('a/bias').numbers();
    expect([...small.weights.need('a/bias').numbers()]).to.deep.equal(kept.map((i) => bias[i]));
    const all = Array.from({ length: 16 }, (_, i) => i);
    await expectCode('pruning/group', () => pruneChannels(model, { remove: { a: all } }));
    await expectCode('pruning/amount', () => pruneChannels(model, { remove: { a: [16] } }));
    const error = await expectCode('pruning/group', () => pruneChannels(model, { remove: { last: [0] } }));
    expect(error.message).to.include('is an output of the model');
  });

  it('slices masks along and drops facts that no longer hold', async () => {
    const strange: Fact<number> = {
      name: 'test/parameters',
      check: ({ weights }, count) =>
        weights.need('a/bias').size === count ? [] : [{ subject: 'a/bias', message: 'another size' }],
    };
    const kept = Uint8Array.from({ length: 16 * 24 }, (_, i) => (i % 5 === 0 ? 0 : 1));
    const values = (model.weights.need('b/kernel').numbers() as Float32Array).map(
      (value, i) => value * (kept[i] as number),
    );
    const masked = model.with({
      weights: model.weights.with(new Map([['b/kernel', Weight.of(values, [16, 24])]])),
      facts: model.facts
        .with(masksFact, new Map([['b/kernel', { shape: [16, 24], kept }]]))
        .with(strange, 16),
    });
    const { model: small, notes } = await pruneChannels(masked, { ratio: 0.5, roundTo: 1 });
    const mask = small.facts.need(masksFact).get('b/kernel');
    expect(mask?.shape).to.deep.equal([8, 12]);
    expect(masksFact.check(small, small.facts.need(masksFact))).to.deep.equal([]);
    const left = small.weights.need('b/kernel').numbers();
    expect([...(mask?.kept ?? [])]).to.deep.equal([...left].map((value) => (value === 0 ? 0 : 1)));
    expect(small.facts.has(strange)).to.equal(false);
    expect(notes.find(({ message }) => message.includes('test/parameters'))?.level).to.equal('warning');
  });

  it('drops ranges of activations, which are others now, although every value is still there', async () => {
    const ranges: Fact<ReadonlyMap<string, readonly [number, number]>> = {
      name: 'test/ranges',
      check: ({ graph }, values) =>
        [...values.keys()]
          .filter((name) => !graph.has(name))
          .map((subject) => ({ subject, message: 'gone' })),
    };
    const calibrated = model.with({
      facts: model.facts.with(ranges, new Map([['last/BiasAdd', [-1, 1]]])),
    });
    const { model: small, notes } = await pruneChannels(calibrated, { ratio: 0.5 });
    expect(small.facts.has(ranges)).to.equal(false);
    expect(notes.find(({ subject }) => subject === 'test/ranges')).to.include({
      level: 'warning',
      kind: 'did',
    });
    // A pass does not drop what another one found: the order is wrong.
    const error = await expectCode('pass/check', () =>
      runPass(pruneChannelsPass({ ratio: 0.5 }), calibrated, makeContext()),
    );
    expect(error.message).to.match(/'test\/ranges': .*put this pass before/);
    const { model: same } = await pruneChannels(calibrated, { ratio: 0.01 });
    expect(same.facts.has(ranges)).to.equal(true);
  });

  it('is a pass whose options are JSON, which guard can narrow', async () => {
    const pass = pruneChannelsPass({ ratio: 0.5, ignore: ['a'] });
    const [again] = passesOf(parseRecipe(stringifyRecipe(recipeOf([pass]))), pruningPasses);
    const { model: small } = await runPass(again as typeof pass, model, makeContext());
    expect(sizes(small)).to.deep.equal([16, 16]);
    const byHand = pruneChannelsPass({ remove: { a: [1], b: [2, 3] } });
    expect(byHand.narrow?.candidates(model)).to.deep.equal(['a', 'b']);
    const fewer = byHand.narrow?.without(['a']) as typeof pass;
    expect(sizes((await runPass(fewer, model, makeContext())).model)).to.deep.equal([16, 22]);
    expect(pass.narrow?.candidates(model)).to.have.members(['a', 'b']);
    const narrowed = pass.narrow?.without(['b']) as typeof pass;
    expect((await runPass(narrowed, model, makeContext())).changed).to.equal(false);
  });
});

describe('explainGroups', () => {
  before(() => tf.setBackend('cpu'));

  it('tells what goes together and why something stays', async () => {
    const found = await explainGroups(traceLayersModel(nets.residual({ seed: 1 })));
    expect(found.toString()).to.equal(found.text());
    expect(found.groups.some(({ parts }) => parts.filter(({ side }) => side === 'out').length > 2)).to.equal(
      true,
    );
    expect(found.text()).to.match(/channels that stay\n {2}each .*output of the model|sum over all/);
  });

  it('of a transformer: hidden units and what heads compare can go, the features that are normalized stay', async () => {
    const model = traceLayersModel(nets.transformer({ seed: 1 }));
    const { groups } = await explainGroups(model);
    const free = groups.filter(({ stays }) => stays === undefined).map(({ name }) => name);
    expect(free).to.include.members(['block_0_wide', 'block_1_wide', 'block_0_head_0_value']);
    expect(free.some((name) => /head_0_(query|key)/.test(name))).to.equal(true);
    const features = groups.find(({ parts }) =>
      parts.some(({ layer, side }) => layer === 'block_0_narrow' && side === 'out'),
    );
    expect(features?.stays?.why).to.match(/counts in the mean|is an input/);
    const result = await pruneChannels(model, { ratio: 0.5, roundTo: 1 });
    const x = nets.uniformTensor([2, 8, 16], 2);
    await expectSame(zeroed(model, result), result.model, [x], 'transformer');
    x.dispose();
  });

  it('blames the node that is not understood', async () => {
    const b = new GraphBuilder();
    const kernel = b.constant('d/kernel', new Float32Array(8).fill(1), [2, 4]);
    const product = b.op(
      'MatMul',
      [b.input('x', [-1, 2]), kernel],
      { transpose_a: false, transpose_b: false },
      'd/MatMul',
    );
    b.output(b.op('Strange', [product], {}, 'odd'));
    const { groups } = await explainGroups(b.build());
    expect(
      groups.find(({ parts }) => parts[0]?.weights[0] === 'd/kernel' && parts[0].side === 'out')?.stays,
    ).to.deep.equal({
      node: 'odd',
      why: "goes through 'odd', and what Strange does to channels is not understood",
    });
  });
});
