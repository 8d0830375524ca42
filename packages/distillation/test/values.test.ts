import { valueNamed } from '../src/values.js';
import { GraphBuilder, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

describe('names of inner values', () => {
  let nested: Model;
  before(() => {
    const inner = nets.transformer({ blocks: 2, seed: 1 });
    const input = tf.input({ shape: [8, 16] });
    const layers = tf.model({ inputs: input, outputs: inner.apply(input) as tf.SymbolicTensor });
    nested = traceLayersModel(layers);
    layers.dispose();
  });

  const found = (model: Model, name: string): string => valueNamed(model, name, 'student');

  it('are nodes, or layers, whose last value is meant', () => {
    const plain = traceLayersModel(nets.transformer({ blocks: 1, seed: 1 }));
    expect(found(plain, 'block_0_norm_0')).to.equal('block_0_norm_0/FusedBatchNormV3');
    expect(found(plain, 'block_0_norm_0/Mean')).to.equal('block_0_norm_0/Mean');
    expect(found(plain, 'block_0_norm_0/Mean:0')).to.equal('block_0_norm_0/Mean:0');
    // A dense layer over sequences works on rows, and gives them back as they came.
    expect(found(plain, 'block_0_wide')).to.match(/^block_0_wide\/Reshape/);
  });

  it('are layers of models inside of models, with and without what stands before them', () => {
    for (const name of ['block_0_norm_1', 'transformer/block_0_norm_1'])
      expect(found(nested, name), name).to.equal('transformer/block_0_norm_1/FusedBatchNormV3');
    for (const name of ['block_0_wide', 'transformer/block_0_wide'])
      expect(found(nested, name), name).to.match(/^transformer\/block_0_wide\/Reshape/);
    expect(found(nested, 'block_0_gelu')).to.match(/^transformer\/block_0_gelu\//);
  });

  it('are scopes of converted models', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4]);
    const left = b.op('Relu', [x], {}, 'net/left/block/Relu');
    const right = b.op('Tanh', [left], {}, 'net/right/block/Tanh');
    b.output(b.op('Sigmoid', [right], {}, 'net/head/Sigmoid'));
    const model = b.build();
    expect(found(model, 'left/block')).to.equal('net/left/block/Relu');
    expect(found(model, 'head')).to.equal('net/head/Sigmoid');
    expect(() => found(model, 'block')).to.throw(
      "student 'block': expected a layer or node of the student, got the name of 2. Say which: 'net/left/block' or 'net/right/block'.",
    );
    expect(() => found(model, 'lock')).to.throw("Did you mean 'block'?");
  });

  it('that are none are told with near ones', () => {
    expect(() => found(nested, 'blok_0_norm_1')).to.throw(
      "Did you mean 'block_0_norm_1', 'block_0_norm_0', 'block_1_norm_1' or ",
    );
    expect(() => found(nested, 'block_1')).to.throw("'block_1_add_1' or 'block_1_norm_1'?");
    expect(() => found(nested, 'convolution')).to.throw('got none of that name. Its layers are transformer');
  });
});
