import * as tf from '@tensorflow/tfjs';
import { attr, editGraph, traceLayersModel, Weight, type Model, type Node } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';

/** conv → batch norm → the same dense twice, with a dropout that inference does not see. */
function layersModel(seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  const input = tf.input({ shape: [6, 6, 2], name: 'image' });
  const conv = tf.layers.conv2d({ filters: 3, kernelSize: 3, kernelInitializer, name: 'conv' });
  const norm = tf.layers.batchNormalization({ name: 'norm' });
  const dense = tf.layers.dense({ units: 48, kernelInitializer, name: 'twice' });
  const flat = tf.layers.flatten({ name: 'flat' }).apply(norm.apply(conv.apply(input)));
  const once = tf.layers.dropout({ rate: 0.5, name: 'drop' }).apply(dense.apply(flat));
  const output = dense.apply(tf.layers.reshape({ targetShape: [48], name: 'same' }).apply(once));
  return tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
}

/** The model with the values of one weight replaced. */
function withValues(model: Model, name: string, change: (values: Float32Array) => Float32Array): Model {
  const weight = model.weights.need(name);
  const values = change(Float32Array.from(weight.numbers()));
  return model.with({ weights: model.weights.with(new Map([[name, Weight.of(values, weight.shape)]])) });
}

function outputOf(run: () => tf.Tensor): number[] {
  return [...tf.tidy(() => run().dataSync())];
}

describe('Model.toLayersModel', () => {
  // A filter of 3 × 3 × 2 × 3 gives 4 × 4 × 3 = 48 values, which the dense layer maps to 48.
  let original: tf.LayersModel;
  let traced: Model;
  let conv: Node;
  let image: tf.Tensor4D;
  before(async () => {
    await tf.setBackend('cpu');
    original = layersModel(1);
    traced = traceLayersModel(original);
    conv = [...traced.graph].find(({ op }) => op === '_FusedConv2D') as Node;
    image = tf.tensor4d(
      Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)),
      [1, 6, 6, 2],
    );
  });
  after(() => {
    image.dispose();
    original.dispose();
  });

  it('writes changed values into the layers model, which then computes what the model does', () => {
    const pruned = withValues(traced, 'conv/kernel', (values) =>
      values.map((v) => (Math.abs(v) < 0.2 ? 0 : v)),
    );
    const fresh = layersModel(2);
    expect(pruned.toLayersModel(fresh)).to.equal(fresh);
    const expected = outputOf(() => pruned.run(image)[0] as tf.Tensor);
    expect(outputOf(() => fresh.predict(image) as tf.Tensor)).to.deep.equal(expected);
    expect(outputOf(() => original.predict(image) as tf.Tensor)).not.to.deep.equal(expected);
    pruned.dispose();
  });

  it('decodes weights that are stored in fewer bits', () => {
    const kernel = traced.weights.need('conv/kernel');
    const bytes = Uint8Array.from({ length: kernel.size }, (_, i) => i * 4);
    const encoding = { kind: 'affine', dtype: 'uint8', scale: 0.01, min: -1 } as const;
    const stored = Weight.stored('float32', kernel.shape, encoding, bytes);
    const model = traced.with({ weights: traced.weights.with(new Map([['conv/kernel', stored]])) });
    const fresh = layersModel(3);
    model.toLayersModel(fresh);
    const [written] = fresh.getLayer('conv').getWeights() as [tf.Tensor];
    expect(written.dataSync()).to.deep.equal(stored.numbers());
  });

  const refused = (name: string, changed: () => Model, message: RegExp): Mocha.Test =>
    it(`refuses a model ${name}, and writes nothing`, async () => {
      const fresh = layersModel(4);
      const before = fresh.getWeights().map((weight) => [...weight.dataSync()]);
      const error = await expectCode('model/structure', () => changed().toLayersModel(fresh));
      expect(error.message).to.match(message);
      expect(fresh.getWeights().map((weight) => [...weight.dataSync()])).to.deep.equal(before);
    });

  const change = (node: Partial<Node>): Model =>
    traced.with({ graph: editGraph(traced.graph, new Map([[conv.name, { ...conv, ...node }]])) });
  refused(
    'with another op',
    () => change({ op: 'Conv3D' }),
    /node 'conv\/FusedConv2D': expected _FusedConv2D\(.*got Conv3D\(/,
  );
  refused(
    'with another attribute',
    () => change({ attrs: { ...conv.attrs, strides: attr.ints([1, 2, 2, 1]) } }),
    /node 'conv\/FusedConv2D'.*strides=\[1,1,1,1\].*strides=\[1,2,2,1\]/,
  );
  refused(
    'with a new node',
    () => traced.with({ graph: editGraph(traced.graph, new Map([['extra', { ...conv, name: 'extra' }]])) }),
    /node 'extra': expected no node of that name.*got a new _FusedConv2D/,
  );
  refused(
    'whose constants changed that are no weights of a layer',
    () => {
      const constant = [...traced.weights].find(([, weight]) => weight.dtype === 'int32')?.[0] ?? '';
      const other = Weight.of(Int32Array.of(-1, 24), [2]);
      return traced.with({ weights: traced.weights.with(new Map([[constant, other]])) });
    },
    /expected the value that the layers give it/,
  );
  refused(
    'with a weight of another shape',
    () =>
      traced.with({
        weights: traced.weights.with(new Map([['conv/bias', Weight.of(new Float32Array(1), [1])]])),
      }),
    /weight 'conv\/bias': expected float32 of shape \[3\].*got float32 of shape \[1\]/,
  );

  it('refuses integer models', () =>
    expectCode('model/stage', () => traced.with({ stage: 'integer' }).toLayersModel(layersModel(5))));

  it('leaves no tensors behind', () => {
    const fresh = layersModel(6);
    return expectNoLeak(() => traced.toLayersModel(fresh));
  });
});
