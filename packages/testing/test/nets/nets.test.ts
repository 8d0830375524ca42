import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { nets } from '../../src/index.js';

/** Values that an optimizer would train, so without batch-norm statistics. */
function trainableParameters(model: tf.LayersModel): number {
  return model.layers
    .flatMap((layer) => layer.trainableWeights)
    .reduce((sum, weight) => sum + (weight.shape as number[]).reduce((a, b) => a * b, 1), 0);
}

const tensors = () => tf.memory().numTensors;

describe('networks for tests and benchmarks', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  const cases = {
    mlp: { make: () => nets.mlp({ seed: 1 }), shape: [2, 16] },
    lenet: { make: () => nets.lenet({ seed: 1 }), shape: [2, 28, 28, 1] },
    residual: { make: () => nets.residual({ seed: 1 }), shape: [2, 16, 16, 3] },
    transformer: { make: () => nets.transformer({ seed: 1 }), shape: [2, 8, 16] },
    mobilenetV2: {
      make: () => nets.mobilenetV2({ size: 32, alpha: 0.35, classes: 7, seed: 1 }),
      shape: [2, 32, 32, 3],
    },
    resnet18: { make: () => nets.resnet18({ size: 32, classes: 7, seed: 1 }), shape: [2, 32, 32, 3] },
  };
  for (const [name, { make, shape }] of Object.entries(cases)) {
    it(`${name} gives finite outputs that depend on the input, the same twice, and leaks nothing`, () => {
      const before = tensors();
      const model = make();
      const again = make();
      const input = nets.uniformTensor(shape, 2);
      const output = model.predict(input) as tf.Tensor;
      const other = again.predict(input) as tf.Tensor;
      const values = output.dataSync();
      expect([...values].every(Number.isFinite)).to.equal(true);
      expect([...other.dataSync()]).to.deep.equal([...values]);
      const half = values.length / 2;
      expect([...values.slice(0, half)]).not.to.deep.equal([...values.slice(half)]);
      tf.dispose([input, output, other]);
      model.dispose();
      again.dispose();
      expect(tensors()).to.equal(before);
    });
  }

  it('MobileNetV2 has the published 3,504,872 trainable parameters', () => {
    const model = nets.mobilenetV2({ seed: 1 });
    expect(trainableParameters(model)).to.equal(3_504_872);
    model.dispose();
  });

  it('ResNet-18 has the published 11,689,512 trainable parameters', () => {
    const model = nets.resnet18({ seed: 1 });
    expect(trainableParameters(model)).to.equal(11_689_512);
    model.dispose();
  });

  it('an attention block keeps the shape of its input', () => {
    const before = tensors();
    const { call, weights } = nets.attentionBlock({ seed: 3 });
    const input = nets.uniformTensor([2, 8, 16], 4);
    const output = call(input);
    expect(output.shape).to.deep.equal([2, 8, 16]);
    expect([...output.dataSync()].every(Number.isFinite)).to.equal(true);
    tf.dispose([input, output, ...weights]);
    expect(tensors()).to.equal(before);
  });
});
