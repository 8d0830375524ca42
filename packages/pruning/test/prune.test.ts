import {
  fit,
  makeContext,
  type Model,
  modelDigest,
  runPass,
  traceLayersModel,
  Weight,
  type Encoding,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  blockSparsity,
  customMask,
  globalUnstructured,
  l1Unstructured,
  lnStructured,
  magnitudeSparsity,
  maskPass,
  masksFact,
  masksOf,
  nmStructured,
  randomStructured,
  randomUnstructured,
  remove,
  sparsity,
  thresholdUnstructured,
  traceMasked,
  type Mask,
  type Target,
} from '../src/index.js';

const traced = (seed = 1): Model<'float'> => traceLayersModel(nets.residual({ seed }));
const zerosOf = (model: Model, name: string): number =>
  [...model.weights.need(name).numbers()].filter((value) => value === 0).length;

/** Every way to prune, on any target. */
const WAYS: Readonly<Record<string, <T extends Target>(target: T) => unknown>> = {
  l1: (target) => l1Unstructured(target, 0.5),
  random: (target) => randomUnstructured(target, 0.5),
  threshold: (target) => thresholdUnstructured(target, 0.1),
  magnitude: (target) => magnitudeSparsity(target, 0.5),
  ln: (target) => lnStructured(target, 0.5),
  randomStructured: (target) => randomStructured(target, 0.5),
  nm: (target) => nmStructured(target, '2:4'),
  blocks: (target) => blockSparsity(target, 0.5, { block: [2, 2] }),
};

describe('pruning a model', () => {
  it('prunes kernels and nothing else, and leaves the model given as it was, by every way', () => {
    for (const [way, prune] of Object.entries(WAYS)) {
      const model = traced();
      const before = modelDigest(model);
      const { model: next, masks } = prune(model) as ReturnType<typeof l1Unstructured<Model>>;
      expect(modelDigest(model), way).to.equal(before);
      expect(masks.size, way).to.be.above(0);
      expect(next.facts.get(masksFact)).to.equal(masks);
      expect(masksFact.check(next, masks)).to.deep.equal([]);
      for (const [name, weight] of model.weights) {
        const is = next.weights.need(name).numbers();
        const kept = masks.get(name)?.kept;
        expect(name, way).to.match(kept === undefined ? /./ : /kernel$/);
        weight
          .numbers()
          .forEach((value, i) => expect(is[i], `${way} ${name}`).to.equal(kept?.[i] === 0 ? 0 : value));
      }
    }
  });

  it('takes layers, all but some, or weights by name or function', () => {
    const names = (result: { masks: ReadonlyMap<string, Mask> }): string[] => [...result.masks.keys()];
    const model = traced();
    const all = names(l1Unstructured(model, 0.5));
    expect(all).to.include('conv_0/kernel');
    expect(names(l1Unstructured(model, 0.5, { layers: ['conv_0'] }))).to.deep.equal(['conv_0/kernel']);
    expect(names(l1Unstructured(model, 0.5, { layers: (_, layer) => layer === 'conv_0' }))).to.deep.equal([
      'conv_0/kernel',
    ]);
    expect(names(l1Unstructured(model, 0.5, { exclude: ['conv_0'] }))).to.deep.equal(
      all.filter((name) => name !== 'conv_0/kernel'),
    );
    const bias = all
      .map((name) => name.replace('kernel', 'bias'))
      .find((name) => model.weights.has(name)) as string;
    expect(names(l1Unstructured(model, 0.5, { weights: [bias] }))).to.deep.equal([bias]);
    expect(names(l1Unstructured(model, 0.5, { weights: (name) => name === bias }))).to.deep.equal([bias]);
  });

  it('stacks: a second pruning takes its fraction of what the first left', () => {
    const once = l1Unstructured(traced(), 0.3, { layers: ['conv_0'] });
    const twice = l1Unstructured(once.model, 0.5, { layers: ['conv_0'] });
    const size = once.model.weights.need('conv_0/kernel').size;
    const first = Math.round(size * 0.3);
    expect(zerosOf(once.model, 'conv_0/kernel')).to.equal(first);
    expect(zerosOf(twice.model, 'conv_0/kernel')).to.equal(first + Math.round((size - first) / 2));
    const both = lnStructured(once.model, 0.5, { layers: ['conv_0'] });
    once.masks.get('conv_0/kernel')?.kept.forEach((kept, i) => {
      if (kept === 0) expect(both.masks.get('conv_0/kernel')?.kept[i]).to.equal(0);
    });
  });

  it('ranks all weights together where it is global, and says where nothing is left', () => {
    const model = traced();
    const small = [...model.weights].map(([name, weight]) =>
      name === 'conv_0/kernel'
        ? ([
            name,
            Weight.of(
              (weight.numbers() as Float32Array).map((v) => v * 1e-6),
              weight.shape,
            ),
          ] as const)
        : ([name, weight] as const),
    );
    const scaled = model.with<'float'>({ weights: model.weights.with(new Map(small)) });
    const result = globalUnstructured(scaled, 0.5);
    expect(zerosOf(result.model, 'conv_0/kernel')).to.equal(model.weights.need('conv_0/kernel').size);
    expect(result.notes.map(({ message }) => message)).to.include(
      "weight 'conv_0/kernel' has no element left",
    );
    expect(result.text()).to.include('warning: ');
    expect(result.sparsity.share).to.be.closeTo(0.5, 0.5 / result.sparsity.size + 1e-9);
  });

  it('is what its layers can take back', () => {
    const layers = nets.residual({ seed: 3 });
    const { model, masks } = l1Unstructured(layers, 0.5);
    expect(sparsity(layers).zeros).to.equal(0);
    model.toLayersModel(layers);
    expect(sparsity(layers).zeros).to.equal(sparsity(model).zeros);
    expect(
      [...masks.keys()].every((name) => layers.weights.some((weight) => weight.originalName === name)),
    ).to.equal(true);
    layers.dispose();
  });

  it('cuts channels of depthwise and transposed kernels along the axes that they have', () => {
    const { masks } = lnStructured(traced(), { count: 1 });
    for (const [name, { shape, kept }] of masks) {
      const zeros = kept.filter((one) => one === 0).length;
      const channels = name.startsWith('depthwise')
        ? (shape[2] as number) * (shape[3] as number)
        : name.startsWith('up')
          ? (shape[2] as number)
          : (shape.at(-1) as number);
      expect(zeros, name).to.equal(kept.length / channels);
    }
    expect([...masks.keys()].some((name) => name.startsWith('depthwise'))).to.equal(true);
    const { notes } = nmStructured(traced(), '2:4');
    expect(
      notes
        .filter(({ kind }) => kind === 'declined')
        .map(({ message }) => message)
        .join(),
    ).to.include('none of its axes is known to count input channels alone');
  });

  it('leaves frozen layers whole unless they are named, and tells', () => {
    const layers = nets.mlp({ seed: 2 });
    layers.getLayer('dense_1').trainable = false;
    const left = l1Unstructured(layers, 0.5);
    expect(left.masks.has('dense_1/kernel')).to.equal(false);
    expect(left.notes.find(({ kind }) => kind === 'declined')?.message).to.include('is frozen');
    const named = l1Unstructured(layers, 0.5, { layers: ['dense_1'] });
    expect([...named.masks.keys()]).to.deep.equal(['dense_1/kernel']);
    expect(named.notes.map(({ message }) => message).join()).to.include('frozen');
    layers.dispose();
  });

  it('leaves channels that are outputs of the model whole unless they are named, and tells', async () => {
    const layers = nets.mlp({ seed: 2, widths: [8, 8, 8, 4] });
    const model = traceLayersModel(layers);
    const why = "weight 'dense_2/kernel' stays whole: its channels are outputs of the model";
    for (const prune of [lnStructured, randomStructured]) {
      const left = prune(model, 0.5);
      expect([...left.masks.keys()]).to.deep.equal(['dense_0/kernel', 'dense_1/kernel']);
      expect(left.text()).to.include(`warning: ${why} (name 'dense_2' in layers to prune them)`);
      expect(zerosOf(prune(model, 0.5, { layers: ['dense_2'] }).model, 'dense_2/kernel')).to.equal(16);
      // By rows no class goes.
      expect(zerosOf(prune(model, 0.5, { axis: 'input' }).model, 'dense_2/kernel')).to.equal(16);
      expect(prune(model, 0.5, { axis: -1 }).masks.has('dense_2/kernel')).to.equal(false);
    }
    expect(l1Unstructured(model, 0.5).masks.has('dense_2/kernel')).to.equal(true);
    // A layer by itself is none of a model's, as a module of PyTorch.
    expect(sparsity(lnStructured(layers.getLayer('dense_2'), 0.5).layer).zeros).to.equal(16);
    const pass = maskPass('pruning/ln-structured', { amount: 0.5 });
    expect(
      (await runPass(pass, model, makeContext())).notes.some(({ message }) => message.includes(why)),
    ).to.equal(true);
    layers.dispose();
  });

  it('finds what makes outputs behind joined heads and pooling, and none behind a sum', () => {
    const x = tf.input({ shape: [6, 6, 2] });
    const apply = (layer: tf.layers.Layer, to: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor =>
      layer.apply(to) as tf.SymbolicTensor;
    const conv = (name: string, to: tf.SymbolicTensor): tf.SymbolicTensor =>
      apply(tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name }), to);
    const first = conv('first', x);
    const heads = [conv('one', first), conv('two', first)].map((head) =>
      apply(tf.layers.softmax({ axis: -1 }), apply(tf.layers.globalAveragePooling2d({}), head)),
    );
    const joined = apply(tf.layers.concatenate(), heads);
    const sum = apply(tf.layers.add(), [conv('left', first), conv('right', first)]);
    const layers = tf.model({ inputs: x, outputs: [joined, sum] });
    const { masks } = lnStructured(layers, 0.5);
    expect([...masks.keys()]).to.have.members(['first/kernel', 'left/kernel', 'right/kernel']);
    layers.dispose();
  });

  it('prunes shared weights once, and tells', () => {
    const input = tf.input({ shape: [8] });
    const dense = tf.layers.dense({ units: 8, name: 'shared' });
    const twice = dense.apply(dense.apply(input)) as tf.SymbolicTensor;
    const layers = tf.model({ inputs: input, outputs: twice });
    const { notes, masks } = l1Unstructured(layers, 0.25);
    expect(masks.size).to.equal(1);
    expect(masks.get('shared/kernel')?.kept.filter((one) => one === 0).length).to.equal(16);
    expect(notes.map(({ message }) => message).join()).to.include('it is pruned once');
    layers.dispose();
  });

  it('keeps the encoding of stored weights', () => {
    const model = traced();
    const encoded = Weight.channels(
      Int8Array.from({ length: 8 * 3 * 9 }, (_, i) => (i % 250) - 124),
      [3, 3, 3, 8],
      3,
      new Float32Array(8).fill(0.25),
    );
    const stored = model.with<'float'>({
      weights: model.weights.with(new Map([['conv_0/kernel', encoded]])),
    });
    const next = l1Unstructured(stored, 0.5, { layers: ['conv_0'] }).model.weights.need('conv_0/kernel');
    expect(next.encoding).to.deep.equal(encoded.encoding);
    expect([...next.numbers()].filter((value) => value === 0).length).to.equal(108);
  });

  it('makes plain floats of stored weights that have no number for zero, and tells', () => {
    const model = traced();
    const bytes = Uint8Array.from({ length: 8 * 3 * 9 }, (_, i) => i);
    const encodingOf = (min: number): Encoding => ({ kind: 'affine', dtype: 'uint8', scale: 0.5, min });
    const prunedFrom = (encoding: Encoding) => {
      const weight = Weight.stored('float32', [3, 3, 3, 8], encoding, bytes);
      const weights = model.weights.with(new Map([['conv_0/kernel', weight]]));
      return l1Unstructured(model.with<'float'>({ weights }), 0.5, { layers: ['conv_0'] });
    };
    const [whole, between] = [prunedFrom(encodingOf(-32)), prunedFrom(encodingOf(-32.25))];
    expect(whole.model.weights.need('conv_0/kernel').encoding).to.deep.equal(encodingOf(-32));
    expect(between.model.weights.need('conv_0/kernel').encoding.kind).to.equal('plain');
    for (const { model: next } of [whole, between])
      expect(zerosOf(next, 'conv_0/kernel')).to.be.at.least(108);
    const warned = (notes: typeof whole.notes): number =>
      notes.filter(({ message }) => message.includes('stored as plain float32 now')).length;
    expect([warned(whole.notes), warned(between.notes)]).to.deep.equal([0, 1]);
  });
});

describe('pruning a layer of tf.layers', () => {
  it('prunes its kernel in place, stacks, and forgets the mask when it is made permanent', () => {
    const layers = nets.mlp({ seed: 4 });
    const layer = layers.getLayer('dense_1');
    const before = layer.getWeights().map((weight) => [...weight.dataSync()]);
    const { masks, notes } = l1Unstructured(layer, 0.3);
    const size = 24 * 24;
    const first = Math.round(size * 0.3);
    const mask = masks.get('dense_1/kernel') as Mask;
    expect(notes[0]?.message).to.equal(`weight 'dense_1/kernel': ${first} of ${size} are pruned`);
    layer.getWeights().forEach((weight, w) =>
      weight.dataSync().forEach((value, i) => {
        expect(value).to.equal(w === 0 && mask.kept[i] === 0 ? 0 : before[w]?.[i]);
      }),
    );
    l1Unstructured(layer, 0.5);
    const pruned = first + Math.round((size - first) / 2);
    expect(sparsity(layer).weights).to.deep.equal([
      { layer: 'dense_1', weight: 'dense_1/kernel', size, zeros: pruned, pruned },
    ]);
    // The graph of the whole model has the mask, too.
    expect(l1Unstructured(layers, 0.1, { layers: ['dense_0'] }).masks.size).to.equal(2);
    expect(remove(layer)).to.equal(layer);
    expect(masksOf(layer).size).to.equal(0);
    expect(sparsity(layer)).to.include({ zeros: pruned, pruned: 0 });
    globalUnstructured(layers.layers.slice(1, 3), 0.5);
    expect(sparsity(layers).pruned).to.be.above(0);
    expect(remove(layers)).to.equal(layers);
    expect(sparsity(layers).pruned).to.equal(0);
    layers.dispose();
  });

  it('has its masks in the trace of the whole model, where training keeps them', async () => {
    const layers = nets.mlp({ seed: 4 });
    expect(traceMasked(layers).facts.has(masksFact)).to.equal(false);
    const [first, second] = [layers.getLayer('dense_0'), layers.getLayer('dense_1')];
    const { masks } = l1Unstructured(first, 0.3);
    nmStructured(second, '2:4');
    const model = traceMasked(layers);
    const found = model.facts.need(masksFact);
    expect([...found.keys()]).to.deep.equal(['dense_0/kernel', 'dense_1/kernel']);
    expect(found.get('dense_0/kernel')).to.deep.equal(masks.get('dense_0/kernel'));
    expect(modelDigest(model)).to.equal(modelDigest(traceLayersModel(layers)));
    const inputs = { values: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), shape: [4, 16] };
    const width = model.signature.outputs[0]?.shape?.at(-1) as number;
    const labels = { values: new Float32Array(4 * width).fill(1), shape: [4, width] };
    const { model: trained } = await fit(model, {
      data: { inputs, labels },
      loss: 'meanSquaredError',
      epochs: 1,
    });
    expect(zerosOf(trained, 'dense_1/kernel')).to.equal(24 * 12);
    trained.toLayersModel(layers);
    expect(sparsity(layers).zeros).to.equal(sparsity(trained).zeros);

    // What a training without the masks made of pruned weights is zero again.
    tf.tidy(() => first.setWeights(first.getWeights().map((weight) => tf.onesLike(weight))));
    const again = traceMasked(layers);
    expect(zerosOf(again, 'dense_0/kernel')).to.equal(zerosOf(model, 'dense_0/kernel'));
    expect(masksFact.check(again, again.facts.need(masksFact))).to.deep.equal([]);
    const wrong = await expectCode('argument/invalid', () => traceMasked(model as never));
    expect(wrong.message).to.include('a Model, which has its masks');
    await expectCode('argument/invalid', () => traceMasked(layers, { inputShape: {} } as object));
    layers.dispose();
  });

  it('tells its sparsity as a text, and warns where nothing is left', () => {
    const layers = nets.mlp({ seed: 4, widths: [4, 6, 2] });
    const pruned = lnStructured(layers.getLayer('dense_0'), { fraction: 1 });
    expect(String(pruned)).to.equal(
      [
        'layer    weight          size  zeros  sparsity  by masks',
        'dense_0  dense_0/kernel    24     24   100.0 %        24',
        'all                        24     24   100.0 %        24',
        "warning: weight 'dense_0/kernel' has no element left",
      ].join('\n'),
    );
    expect(pruned.text()).to.equal(String(pruned));
    layers.dispose();
  });

  it('ranks several layers together', () => {
    const layers = nets.mlp({ seed: 4 });
    const two = [layers.getLayer('dense_0'), layers.getLayer('dense_1')];
    const results = globalUnstructured(two, { count: 100 });
    expect(results.map(({ layer }) => layer)).to.deep.equal(two);
    expect(results.reduce((sum, each) => sum + each.sparsity.pruned, 0)).to.equal(100);
    layers.dispose();
  });
});

describe('pruning numbers', () => {
  it('gives new values and a mask for a tensor and for a weight, and leaks nothing', async () => {
    await expectNoLeak(() => {
      const tensor = tf.tensor2d([
        [1, -2, 3],
        [-4, 5, 6],
      ]);
      const { values, mask } = l1Unstructured(tensor, 0.5);
      expect([...values.dataSync()]).to.deep.equal([0, 0, 0, -4, 5, 6]);
      expect(mask).to.deep.equal({ shape: [2, 3], kept: Uint8Array.of(0, 0, 0, 1, 1, 1) });
      expect([...tensor.dataSync()]).to.deep.equal([1, -2, 3, -4, 5, 6]);
      const again = l1Unstructured(tensor, { count: 1 }, { mask });
      expect([...again.mask.kept]).to.deep.equal([0, 0, 0, 0, 1, 1]);
      tf.dispose([tensor, values, again.values]);
    });
    const weight = Weight.of(Float32Array.of(1, 2, 3, 4), [2, 2]);
    const { values } = lnStructured(weight, { count: 1 }, { axis: 'input' });
    expect([...values.numbers()]).to.deep.equal([0, 0, 3, 4]);
  });

  it('takes scores instead of magnitudes, and masks that are given', () => {
    const weight = Weight.of(Float32Array.of(1, 2, 3, 4), [2, 2]);
    const { mask } = l1Unstructured(weight, 0.5, { scores: (_, values) => values.map((value) => 1 / value) });
    expect([...mask.kept]).to.deep.equal([1, 1, 0, 0]);
    const custom = customMask(weight, { shape: [2, 2], kept: Uint8Array.of(0, 1, 1, 1) }, { mask });
    expect([...custom.values.numbers()]).to.deep.equal([0, 2, 0, 0]);
    const model = traced();
    const ones = tf.ones([3, 3, 3, 8]);
    const { masks, model: next } = customMask(model, { conv_0: ones });
    expect([...masks.keys()]).to.deep.equal(['conv_0/kernel']);
    expect(zerosOf(next, 'conv_0/kernel')).to.equal(0);
    const found = l1Unstructured(model, 0.5).masks;
    expect([...customMask(model, found).masks]).to.deep.equal([...found]);
    ones.dispose();
  });
});
