import {
  fit,
  GraphBuilder,
  makeContext,
  optimize,
  runPass,
  traceFunction,
  traceLayersModel,
  Weight,
  type AnyPass,
  type Model,
  type Pass,
} from '@tfjs-optimize/core';
import { distill } from '@tfjs-optimize/distillation';
import { inference, removeDeadNodes } from '@tfjs-optimize/fusion';
import {
  calibrate,
  dynamicPass,
  equalize,
  quantizationAware,
  quantizeTrained,
  quantizeWeightsPass,
  rangesFact,
  staticPass,
  WEIGHT_SCHEMES,
} from '@tfjs-optimize/quantization';
import { expectCode, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { l1Unstructured, masksFact, nmStructured, pruneChannels, sparsity, type Mask } from '../src/index.js';

const run = (model: Model, ...passes: readonly AnyPass[]): Promise<Model> =>
  optimize(model, passes as readonly Pass[]).then((result) => result.model);

/** Elements that masks keep zero; fails where the model has none, or where one of them is not zero. */
function prunedIn(model: Model): number {
  const masks = model.facts.need(masksFact);
  expect(masks.size).to.be.above(0);
  expect(masksFact.check(model, masks)).to.deep.equal([]);
  return sparsity(model).pruned;
}

const pruned = (): Model<'float'> => l1Unstructured(traceLayersModel(nets.residual({ seed: 1 })), 0.6).model;
const images = (count: number): tf.Tensor => tf.randomNormal([count, 16, 16, 3], 0, 1, 'float32', 7);

describe('masks through other passes', () => {
  it('follow kernels into which batch norms are folded: fusion leaves no pruned weight behind', async () => {
    const model = pruned();
    const fused = await run(model, inference());
    expect(fused.graph.size).to.be.below(model.graph.size);
    expect(prunedIn(fused)).to.equal(prunedIn(model));
  });

  it('follow a kernel that becomes two, because two batch norms are folded into it', async () => {
    const input = tf.input({ shape: [8, 8, 2] });
    const conv = tf.layers.conv2d({
      filters: 2,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      name: 'conv',
    });
    let x: tf.SymbolicTensor = input;
    for (const name of ['one', 'two']) {
      x = tf.layers
        .batchNormalization({ name, epsilon: name === 'one' ? 0.1 : 0.5 })
        .apply(conv.apply(x)) as tf.SymbolicTensor;
      x = tf.layers.reLU().apply(x) as tf.SymbolicTensor;
    }
    const { model } = l1Unstructured(tf.model({ inputs: input, outputs: x }), 0.5);
    const fused = await run(model, inference());
    const masks = [...fused.facts.need(masksFact)];
    expect(masks.length).to.equal(2);
    expect(masks[0]?.[1]).to.deep.equal(masks[1]?.[1]);
    expect(prunedIn(fused)).to.equal(2 * prunedIn(model));
  });

  it('survive every way to store weights in fewer bits', async () => {
    const fused = await run(pruned(), inference());
    for (const scheme of WEIGHT_SCHEMES) {
      const stored = await run(fused, quantizeWeightsPass({ scheme, leastElements: 1 }));
      expect([...stored.weights].some(([, { encoding }]) => encoding.kind !== 'plain')).to.equal(true);
      expect(prunedIn(stored), scheme).to.equal(prunedIn(fused));
      // Batch norms in front of stored kernels are kept beside them.
    }
    const early = await run(
      pruned(),
      quantizeWeightsPass({ scheme: 'uint8', leastElements: 1 }),
      inference(),
    );
    expect(prunedIn(early)).to.equal(prunedIn(fused));
  });

  it('follow weights that become dynamic int8', async () => {
    const fused = await run(pruned(), inference());
    const integer = await run(
      fused,
      dynamicPass({ ops: ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'], leastElements: 1 }),
    );
    expect(integer.stage).to.equal('integer');
    expect(
      [...integer.facts.need(masksFact).keys()].some(
        (name) => integer.weights.need(name).encoding.kind === 'int8',
      ),
    ).to.equal(true);
    expect(prunedIn(integer)).to.equal(prunedIn(fused));
  });

  it('follow weights that become static int8, and the runner checks the sparsity at the end', async () => {
    const fused = await run(pruned(), inference());
    const data = images(4);
    const calibrated = await calibrate(fused, { data });
    const integer = await run(calibrated, staticPass());
    expect(integer.stage).to.equal('integer');
    expect(
      [...integer.facts.need(masksFact).keys()].filter(
        (name) => integer.weights.need(name).encoding.kind === 'int8',
      ).length,
    ).to.be.above(3);
    expect(prunedIn(integer)).to.equal(prunedIn(fused));
    data.dispose();
  });

  it('follow a kernel that one layer reads as int8 and another as floats', async () => {
    const input = tf.input({ shape: [8] });
    const dense = tf.layers.dense({ units: 8, useBias: false, name: 'shared' });
    const layers = tf.model({ inputs: input, outputs: dense.apply(dense.apply(input)) as tf.SymbolicTensor });
    const { model } = l1Unstructured(layers, 0.5);
    const data = tf.randomNormal([4, 8], 0, 1, 'float32', 7);
    const products = [...model.graph].filter(({ op }) => op === 'MatMul').map(({ name }) => name);
    expect(products.length).to.equal(2);
    const integer = await run(await calibrate(model, { data }), staticPass({ exclude: products.slice(1) }));
    const kinds = [...integer.facts.need(masksFact).keys()].map(
      (name) => integer.weights.need(name).encoding.kind,
    );
    expect(kinds.sort()).to.deep.equal(['int8', 'plain']);
    expect(prunedIn(integer)).to.equal(2 * prunedIn(model));
    data.dispose();
  });

  it('are broken by a pass that lets weights come back to life, which is refused', async () => {
    const vandal: Pass = {
      name: 'test/vandal',
      options: {},
      run: (model) => {
        const weight = model.weights.need('conv_0/kernel');
        const ones = Weight.of(new Float32Array(weight.size).fill(1), weight.shape);
        const weights = model.weights.with(new Map([['conv_0/kernel', ones]]));
        return Promise.resolve({ model: model.with({ weights }), changed: true, notes: [] });
      },
    };
    const error = await expectCode('fact/violated', () => runPass(vandal, pruned(), makeContext({})));
    expect(error.message).to.include('pruning/masks').and.include('conv_0/kernel');
  });

  it('are broken by a pass that puts a weight in the place of a pruned one and does not tell', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', [-1, 4]);
    graph.output(
      graph.op('MatMul', [x, graph.constant('other', new Float32Array(16).fill(1), [4, 4])], {}, 'y'),
      'y',
    );
    const forgetful: Pass = {
      name: 'test/forgetful',
      options: {},
      run: (model) =>
        Promise.resolve({ model: graph.build().with({ facts: model.facts }), changed: true, notes: [] }),
    };
    await expectCode('fact/violated', () => runPass(forgetful, pruned(), makeContext({})));
  });

  it('are turned with a matrix that is stored transposed, and shaped with one that is reshaped', async () => {
    const matrix = tf.randomNormal([6, 8], 0, 1, 'float32', 3);
    const model = traceFunction((x: tf.Tensor) => tf.matMul(x, matrix, false, true), [tf.zeros([2, 8])]);
    const { model: half, masks } = nmStructured(model, '2:4');
    const [[name, mask]] = [...masks] as [[string, Mask]];
    expect(mask.shape).to.deep.equal([6, 8]);
    const turned = await run(half, inference());
    expect(prunedIn(turned)).to.equal(24);
    const now = turned.facts.need(masksFact).get(name) as Mask;
    expect(now.shape).to.deep.equal([8, 6]);
    now.kept.forEach((kept, i) => expect(kept).to.equal(mask.kept[(i % 6) * 8 + Math.floor(i / 6)]));
    // Dynamic int8 takes it as it is, and turns it itself.
    const integer = await run(half, dynamicPass({ ops: ['MatMul'], leastElements: 1 }));
    expect(integer.facts.need(masksFact).get(name)).to.deep.equal(now);
    expect(prunedIn(integer)).to.equal(24);
    matrix.dispose();

    const graph = new GraphBuilder();
    const x = graph.input('x', [-1, 4]);
    const w = graph.constant(
      'w',
      Float32Array.from({ length: 16 }, (_, i) => i - 7.5),
      [16],
    );
    const shape = graph.constant('shape', Int32Array.of(4, 4), [2], 'int32');
    graph.output(graph.op('MatMul', [x, graph.op('Reshape', [w, shape], {}, 'matrix')], {}, 'y'), 'y');
    const flat = l1Unstructured(graph.build(), 0.5, { weights: ['w'] }).model;
    const folded = await run(flat, inference());
    expect([...folded.facts.need(masksFact)].map(([key, { shape: size }]) => [key, size])).to.deep.equal([
      ['matrix', [4, 4]],
    ]);
    expect(prunedIn(folded)).to.equal(8);
  });

  it('end with weights that nothing needs any more', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', [-1, 4]);
    const normal = (): Float32Array => Float32Array.from({ length: 16 }, (_, i) => i - 7.5);
    graph.op('MatMul', [x, graph.constant('dead', normal(), [4, 4])], {}, 'nobody');
    graph.output(graph.op('MatMul', [x, graph.constant('live', normal(), [4, 4])], {}, 'y'), 'y');
    const { model } = l1Unstructured(graph.build(), 0.5);
    expect([...model.facts.need(masksFact).keys()]).to.deep.equal(['dead', 'live']);
    const clean = await run(model, removeDeadNodes());
    expect([...clean.facts.need(masksFact).keys()]).to.deep.equal(['live']);
  });
});

describe('masks through training', () => {
  const net = (): tf.LayersModel => nets.mlp({ seed: 2, widths: [8, 16, 3] });
  const examples = (): { inputs: tf.Tensor; labels: tf.Tensor } => ({
    inputs: tf.randomNormal([48, 8], 0, 1, 'float32', 1),
    labels: tf
      .oneHot(
        tf.tensor1d(
          Array.from({ length: 48 }, (_, i) => i % 3),
          'int32',
        ),
        3,
      )
      .toFloat(),
  });
  const settings = {
    loss: 'crossEntropy',
    epochs: 2,
    batchSize: 16,
    optimizer: 'adam',
    learningRate: 0.01,
    seed: 1,
  } as const;

  it('are kept by fit and by distillation', async () => {
    const { model } = l1Unstructured(net(), 0.7);
    const data = examples();
    const { loss: _, ...fast } = settings;
    const trained = await fit(model, { ...settings, data });
    const taught = await distill(model, traceLayersModel(net()), { ...fast, data });
    for (const next of [trained.model, taught.model] as Model[]) {
      expect(prunedIn(next)).to.equal(prunedIn(model));
      expect(next.weights.need('dense_0/kernel')).to.not.deep.equal(model.weights.need('dense_0/kernel'));
    }
    tf.dispose(data);
  });

  it('are kept by quantization-aware training and the int8 model after it, folded batch norms included', async () => {
    const layers = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [8, 8, 2],
          filters: 8,
          kernelSize: 3,
          useBias: false,
          kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        }),
        tf.layers.batchNormalization(),
        tf.layers.reLU(),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
      ],
    });
    const { model } = l1Unstructured(layers, 0.5);
    const data = {
      inputs: tf.randomNormal([32, 8, 8, 2], 0, 1, 'float32', 1),
      labels: tf
        .oneHot(
          tf.tensor1d(
            Array.from({ length: 32 }, (_, i) => i % 3),
            'int32',
          ),
          3,
        )
        .toFloat(),
    };
    const aware = await quantizationAware(model, { data: data.inputs });
    const trained = await fit(aware, { ...settings, data });
    expect(prunedIn(trained.model)).to.equal(prunedIn(model));
    const { model: integer } = quantizeTrained(trained.model);
    expect(integer.stage).to.equal('integer');
    expect(prunedIn(integer)).to.equal(prunedIn(model));
    layers.dispose();
    tf.dispose(data);
  });

  it('are kept by equalization', async () => {
    const model = pruned();
    const { model: next } = await equalize(await run(model, inference()));
    expect(prunedIn(next)).to.equal(prunedIn(model));
  });
});

describe('ranges of activations', () => {
  it('do not last where channels go, though each value is still there: others come out then', async () => {
    const fused = await run(traceLayersModel(nets.residual({ seed: 1 })), inference());
    const data = images(2);
    const calibrated = (await calibrate(fused, { data })) as Model<'float'>;
    tf.dispose(data);
    const ranges = calibrated.facts.need(rangesFact);
    const { model, notes } = await pruneChannels(calibrated, { ratio: 0.5, roundTo: 1 });
    expect(rangesFact.check(model, ranges)).to.deep.equal([]);
    expect(model.facts.has(rangesFact)).to.equal(false);
    expect(notes.filter(({ message }) => message.includes(rangesFact.name))).to.have.length(1);
  });
});
