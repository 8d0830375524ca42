import { annotate, backend, cost, fit, Random, traceLayersModel, type Model } from '@tfjs-optimize/core';
import {
  cifarResnet,
  mobilenetV1,
  mobilenetV2,
  newWeights,
  resnet,
  visionLayers,
  visionModel,
  type VisionNet,
} from '@tfjs-optimize/models';
import '@tfjs-optimize/wasm'; // has gradients of convolutions, which the backend lacks
import { expectCode, expectNoLeak, maxDifference, maxMagnitude } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { hashedWeights } from './hashed.js';

/**
 * Both forms make the same kernel calls, but for the bias of the last layer, which one adds in the kernel: float32 sums
 * of a few hundred products are off by less than that.
 */
const TOLERANCE = 1e-5;

const NETS: readonly VisionNet[] = [
  resnet(18, { classes: 7 }),
  resnet(50, { classes: 5 }),
  cifarResnet(14, { channels: 1 }),
  mobilenetV1({ width: 0.25, classes: 6 }),
  mobilenetV2({ width: 0.35, classes: 4, channels: 1 }),
];

describe('image networks as graphs and as layers', function () {
  this.timeout(60_000);
  before(() => backend.use('wasm'));

  for (const net of NETS) {
    it(`${net.name}: both forms compute the same from the same weights, at any size and batch`, async () => {
      const weights = hashedWeights(net);
      const graph = visionModel(net, weights);
      const layers = visionLayers(net, weights);
      for (const shape of [
        [1, 64, 48],
        [2, 47, 33],
      ]) {
        const image = uniform([...shape, net.channels], 3);
        const [logits] = graph.run(image);
        expect(logits?.shape).to.deep.equal([shape[0], net.classes]);
        const values = (await logits?.data()) as Float32Array;
        const predicted = layers.predict(image) as tf.Tensor;
        expect(maxDifference(await predicted.data(), values)).to.be.below(TOLERANCE * maxMagnitude(values));
        tf.dispose([image, logits, predicted]);
      }
      graph.dispose();
      layers.dispose();
    });
  }

  it('has the published numbers of parameters', () => {
    const count = ({ tensors }: VisionNet): number => {
      let total = 0;
      for (const [name, shape] of tensors)
        if (!name.includes('running_')) total += shape.reduce((a, b) => a * b, 1);
      return total;
    };
    // torchvision's model pages for ResNets and MobileNetV2, Keras' (trainable) for MobileNet.
    expect(count(resnet(18))).to.equal(11_689_512);
    expect(count(resnet(34))).to.equal(21_797_672);
    expect(count(resnet(50))).to.equal(25_557_032);
    expect(count(mobilenetV2())).to.equal(3_504_872);
    expect(count(mobilenetV1())).to.equal(4_231_976);
    // Table 6 of He et al. 2016 (0.27, 0.46, 0.66, 0.85 and 1.7 M) and the 2752 of two shortcuts of 1 × 1.
    const millions = [20, 32, 44, 56, 110].map((depth) => (count(cifarResnet(depth)) - 2752) / 1e6);
    expect(millions.map((each) => Number(each.toPrecision(2)))).to.deep.equal([0.27, 0.46, 0.66, 0.85, 1.7]);
  });

  it('has the arithmetic of ResNet-20 for CIFAR that its PyTorch weights are published with', async () => {
    const net = cifarResnet(20);
    const model = visionModel(net, newWeights(net, { seed: 1 }));
    const image = tf.zeros([1, 32, 32, 3]);
    const { macs } = cost(model, await annotate(model, [image]));
    expect((macs ?? NaN) / 1e6).to.be.closeTo(40.81, 0.005);
    image.dispose();
    model.dispose();
  });

  it('refuses depths that no network for CIFAR has', async () => {
    for (const depth of [2, 18, 21, 20.5, -4, NaN, '20'] as number[]) {
      const error = await expectCode('argument/invalid', () => cifarResnet(depth));
      expect(error.message).to.contain('6n + 2');
    }
    await expectCode('argument/invalid', () => cifarResnet(20, { classes: 0 }));
  });

  it('can be saved as a layers model and loaded again', async () => {
    const net = mobilenetV1({ width: 0.25, classes: 3 });
    const layers = visionLayers(net, newWeights(net, { seed: 1 }), { imageSize: [32, 32] });
    let saved: tf.io.ModelArtifacts | undefined;
    await layers.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
    const image = uniform([2, 32, 32, 3], 5);
    const [a, b] = [layers, loaded].map((one) => (one.predict(image) as tf.Tensor).dataSync());
    expect(a).to.deep.equal(b);
    image.dispose();
    layers.dispose();
    loaded.dispose();
  });

  it('trains from new weights, graph and layers alike, and moves the statistics by 0.1', async () => {
    const net = mobilenetV1({ width: 0.25, classes: 2 });
    const weights = newWeights(net, { seed: 2 });
    const graph = visionModel(net, weights);
    const data = {
      inputs: tf.concat([uniform([4, 16, 16, 3], 7), tf.fill([4, 16, 16, 3], 0.5)]),
      labels: tf.tensor1d([0, 0, 0, 0, 1, 1, 1, 1], 'int32'),
    };
    const options = {
      data,
      loss: 'crossEntropy',
      epochs: 3,
      batchSize: 8,
      learningRate: 0.01,
      seed: 1,
    } as const;
    const moved = (model: Model): number => model.weights.need('bn1/moving_variance').numbers()[0] as number;
    const once = await fit(graph, { ...options, epochs: 1, learningRate: 1e-6 });
    const traced = traceLayersModel(visionLayers(net, weights));
    const same = await fit(traced, { ...options, epochs: 1, learningRate: 1e-6 });
    expect(moved(once.model)).not.to.equal(1);
    expect(moved(once.model)).to.be.closeTo(moved(same.model), 1e-5);
    const { history } = await fit(graph, options);
    const [first, last] = [history[0]?.numbers['loss'] ?? NaN, history.at(-1)?.numbers['loss'] ?? NaN];
    expect(last).to.be.below(first);
  });

  it('draws weights by seed, with the variance that keeps the scale, and leaves no tensors', async () => {
    const net = mobilenetV2({ width: 0.35, classes: 4 });
    const [a, b, c] = [1, 1, 2].map((seed) => newWeights(net, { seed }));
    const kernel = (state: typeof a): Float32Array =>
      state?.get('features.18.0.weight')?.numbers() as Float32Array;
    expect(kernel(a)).to.deep.equal(kernel(b));
    expect(kernel(a)).not.to.deep.equal(kernel(c));
    const fan = net.tensors.get('features.18.0.weight')?.[1] as number;
    const squares = kernel(a).reduce((sum, x) => sum + x * x, 0) / kernel(a).length;
    expect(squares * fan).to.be.closeTo(2, 0.05);
    expect(
      a
        ?.get('classifier.1.bias')
        ?.numbers()
        .every((x) => Math.abs(x) <= 1 / Math.sqrt(1280)),
    ).to.equal(true);
    await expectNoLeak(() => {
      const layers = visionLayers(net, a as NonNullable<typeof a>);
      layers.dispose();
    });
  });
});

function uniform(shape: readonly number[], seed: number): tf.Tensor4D {
  const random = Random.of(seed);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform(-1, 1));
  return tf.tensor4d(values, shape as [number, number, number, number]);
}
