import { expect } from 'chai';
import { GraphBuilder, type Model } from '@tfjs-optimize/core';
import { explain } from '../../src/index.js';
import { randoms } from '../support/arbitraries.js';

describe('explain', () => {
  const conv = { padding: 'SAME', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], data_format: 'NHWC' };

  function network(build: (b: GraphBuilder, conv: string, norm: (x: string) => string) => void): Model {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4, 4, 2]);
    const made = b.op('Conv2D', [x, b.constant('w', randoms(54, 1), [3, 3, 2, 3])], conv, 'conv2d_3');
    const statistics = ['gamma', 'beta', 'mean', 'variance'].map((name) => b.constant(name, [1, 2, 3]));
    const norm = (value: string): string =>
      b.op('FusedBatchNormV3', [value, ...statistics], { epsilon: 0.001, is_training: false }, 'bn_3');
    build(b, made, norm);
    return b.build();
  }

  const messages = (model: Model): string[] => explain(model).map(({ message }) => message);

  it('names the other user of a convolution', () => {
    const model = network((b, x, norm) => b.output(b.op('AddV2', [norm(x), x], {}, 'add_1')));
    expect(messages(model)).to.deep.equal([
      'conv2d_3 did not take batch norm bn_3: its output has another user (add_1/AddV2)',
    ]);
  });

  it('names a convolution that is an output of the model', () => {
    const model = network((b, x, norm) => b.output(norm(x)).output(x));
    expect(messages(model)).to.deep.equal([
      'conv2d_3 did not take batch norm bn_3: its output is an output of the model',
    ]);
  });

  it('names the activation in between', () => {
    const model = network((b, x, norm) => b.output(norm(b.op('Relu', [x], {}, 'relu'))));
    expect(messages(model)).to.deep.equal(['conv2d_3 did not take batch norm bn_3: has Relu in between']);
  });

  it('says of a batch norm what stands in front of it', () => {
    const model = network((b, x, norm) => b.output(norm(b.op('MaxPool', [x], {}, 'pool'))));
    expect(messages(model)).to.deep.equal([
      'bn_3 was not folded: pool (MaxPool) stands between conv2d_3 and it',
    ]);
  });

  it('says which kernels stock TensorFlow.js does not have, and nothing of what reads them', () => {
    const b = new GraphBuilder();
    const at = { ...conv, padding: 'VALID' };
    const x = b.input('x', [2, 4, 4, 2]);
    const weights = (name: string, shape: number[]): string =>
      b.constant(name, new Float32Array(shape.reduce((p, q) => p * q, 1)).fill(1), shape);
    const depthwise = b.op('DepthwiseConv2dNative', [x, weights('w1', [1, 1, 2, 1])], at, 'depthwise');
    const pointwise = b.op('Conv2D', [depthwise, weights('w2', [1, 1, 2, 3])], at, 'pointwise');
    const biased = b.op('BiasAdd', [pointwise, weights('b2', [3])], {}, 'biased');
    const tanh = b.op('Tanh', [biased], {}, 'tanh');
    const up = b.op(
      'Conv2DBackpropInput',
      [b.ints([2, 4, 4, 2]), weights('w3', [1, 1, 2, 3]), tanh],
      at,
      'up',
    );
    b.output(b.op('Relu', [b.op('BiasAdd', [up, weights('b3', [2])], {}, 'up_biased')], {}, 'up_relu'));
    const none = 'stock TensorFlow.js has no fused kernel for';
    expect(messages(b.build())).to.deep.equal([
      `depthwise did not take convolution pointwise: ${none} a depthwise convolution with a convolution behind it`,
      `pointwise did not take activation tanh: ${none} a convolution with Tanh behind it`,
      `up did not take activation up_relu: ${none} a transposed convolution with Relu behind it`,
    ]);
  });

  it('says nothing of a convolution because of what stands in front of it', () => {
    const b = new GraphBuilder();
    const x = b.op(
      'DepthwiseConv2dNative',
      [b.input('x', [2, 4, 4, 2]), b.constant('w1', [1, 1], [1, 1, 2, 1])],
      conv,
    );
    b.output(b.op('Conv2D', [x, b.constant('w2', [1, 1], [1, 1, 2, 1])], conv, 'pointwise'));
    expect(explain(b.build()).map(({ op }) => op)).to.deep.equal(['DepthwiseConv2dNative']);
  });

  it('blames what cannot be passed, not the reshape that can', () => {
    const model = network((b, x, norm) => {
      const pooled = b.op('Reshape', [b.op('MaxPool', [x], {}, 'pool'), b.ints([-1, 3, 3, 3])], {}, 'flat');
      b.output(norm(pooled));
    });
    expect(messages(model)).to.deep.equal([
      'bn_3 was not folded: pool (MaxPool) stands between conv2d_3 and it',
    ]);
  });

  describe('of batch norms', () => {
    const statistics = (b: GraphBuilder, shape: number[] = [2]): string[] =>
      ['gamma', 'beta', 'mean', 'variance'].map((name) => b.constant(name, [1, 2], shape));
    function normFirst(build: (b: GraphBuilder, norm: string) => void): Model {
      const b = new GraphBuilder();
      const x = b.input('x', [-1, 4, 4, 2]);
      build(b, b.op('FusedBatchNormV3', [x, ...statistics(b)], { epsilon: 0.001, is_training: false }, 'bn'));
      return b.build();
    }
    const weights = (b: GraphBuilder): string => b.constant('w', randoms(54, 1), [3, 3, 2, 3]);

    it('names the activation between a norm and the convolution behind it', () => {
      const model = normFirst((b, norm) =>
        b.output(b.op('Conv2D', [b.op('Relu', [norm], {}, 'relu'), weights(b)], conv, 'conv')),
      );
      expect(messages(model)).to.deep.equal(['bn was not folded: relu (Relu) stands between it and conv']);
    });

    it('names a transpose, and passes over reshapes', () => {
      const model = normFirst((b, norm) => {
        const turned = b.op('Transpose', [norm, b.ints([0, 2, 1, 3])], {}, 'turned');
        const flat = b.op('Reshape', [turned, b.ints([-1, 32])], {}, 'flat');
        b.output(b.op('MatMul', [flat, b.constant('w', randoms(96, 1), [32, 3])], {}, 'dense'));
      });
      expect(messages(model)).to.deep.equal([
        'bn was not folded: turned (Transpose) stands between it and dense',
      ]);
    });

    it('says that there is nothing to fold into', () => {
      const model = normFirst((b, norm) => b.output(b.op('Relu', [norm], {}, 'relu')));
      expect(messages(model)).to.deep.equal([
        'bn was not folded: there is x (Placeholder) in front of it and relu (Relu) behind it, no convolution or matrix product',
      ]);
    });

    it('says what the convolution behind it does', () => {
      const model = normFirst((b, norm) => b.output(b.op('Conv2D', [norm, weights(b)], conv, 'conv')));
      expect(messages(model)).to.deep.equal([
        'conv did not take batch norm bn: pads with zeros, which the shift of bn does not reach',
      ]);
    });

    it('says along which axis it normalizes', () => {
      const model = network((b, x) => {
        const rows = ['gamma', 'beta', 'mean', 'variance'].map((name) =>
          b.constant(`${name}_1`, [1, 2, 3, 4], [1, 4, 1, 1]),
        );
        b.output(b.op('FusedBatchNormV3', [x, ...rows], { epsilon: 0.001, is_training: false }, 'rows'));
      });
      expect(messages(model)).to.deep.equal([
        'conv2d_3 did not take batch norm rows: rows (FusedBatchNormV3) normalizes along axis 1, not along the last, which has the channels',
      ]);
    });

    it('speaks of the property of another node in good English', () => {
      const model = network((b, x) => {
        const values = { gamma: [1, 1, 1], beta: [0, 0, 0], mean: [0, 0, 0], variance: [-1, 1, 1] };
        const inputs = Object.entries(values).map(([name, list]) => b.constant(`${name}_1`, list));
        b.output(b.op('FusedBatchNormV3', [x, ...inputs], { epsilon: 0.001, is_training: false }, 'odd'));
      });
      expect(messages(model)).to.deep.equal([
        "conv2d_3 did not take batch norm odd: odd's variance is not positive in every channel",
      ]);
    });
  });

  it('calls a convolution that took its batch norm by its own name', () => {
    const tanh = network((b, x, norm) => b.output(b.op('Tanh', [norm(x)], {}, 'tanh')));
    expect(messages(tanh)).to.deep.equal([
      'conv2d_3 did not take activation tanh: stock TensorFlow.js has no fused kernel for a convolution with Tanh behind it',
    ]);
    const prelu = network((b, x, norm) => {
      const slopes = b.constant('slopes', randoms(48, 2), [4, 4, 3]);
      b.output(b.op('Prelu', [norm(x), slopes], {}, 'prelu'));
    });
    expect(explain(prelu)[0]).to.include({ node: 'conv2d_3', op: 'Conv2D', taken: 'prelu' });
  });

  it('says that a value computed when the model runs is in the way', () => {
    const gated = network((b, x, norm) => {
      const gate = b.op('Sigmoid', [b.input('gate', [-1, 4, 4, 3])], {}, 'sigmoid');
      b.output(b.op('Mul', [gate, norm(x)], {}, 'mul'));
    });
    const computed = 'as its other operand, which is computed when the model runs';
    expect(messages(gated)).to.deep.equal([
      `conv2d_3 did not take factor mul: mul (Mul) has sigmoid (Sigmoid) ${computed}`,
    ]);
    const sum = (b: GraphBuilder, x: string): string =>
      b.op('AddV2', [x, b.input('skip', [-1, 4, 4, 3])], {}, 'sum');
    const residual = network((b, x, norm) => b.output(b.op('Relu', [sum(b, norm(x))], {}, 'relu')));
    expect(messages(residual)).to.deep.equal([
      `conv2d_3 did not take activation relu: sum (AddV2) has skip (Placeholder) ${computed}`,
    ]);
    expect(messages(network((b, x, norm) => b.output(sum(b, norm(x))))), 'nothing to fuse').to.deep.equal([]);
  });

  it('names only nodes of the model it is given', () => {
    const model = network((b, x, norm) => {
      const pooled = b.op('AvgPool', [b.op('Relu', [norm(x)], {}, 'relu')], {}, 'pool');
      const again = b.op('FusedBatchNormV3', [pooled, 'gamma', 'beta', 'mean', 'variance'], {}, 'bn_4');
      b.output(b.op('Tanh', [b.op('BiasAdd', [again, 'beta'], {}, 'plus')], {}, 'y'));
    });
    const explanations = explain(model);
    expect(explanations).to.have.length.above(0);
    for (const { node, root, taken, blamed } of explanations) {
      for (const name of [node, root, taken, blamed]) expect(model.graph.has(name), name).to.equal(true);
    }
  });

  it('groups what is the same but for the names', () => {
    const b = new GraphBuilder();
    for (const name of ['p', 'q']) {
      const x = b.input(`${name}_x`, [-1, 4, 4, 2]);
      const made = b.op('Conv2D', [x, b.constant(`${name}_w`, randoms(54, 1), [3, 3, 2, 3])], conv, name);
      b.output(b.op('Relu', [made], {}, `${name}_relu`)).output(made);
      b.output(b.op('Tanh', [made], {}, `${name}_tanh`));
    }
    const groups = new Set(explain(b.build()).map(({ group }) => group));
    expect([...groups]).to.have.length(1);
  });

  it('says nothing of what was fused', () => {
    expect(messages(network((b, x, norm) => b.output(b.op('Relu', [norm(x)], {}, 'relu'))))).to.deep.equal(
      [],
    );
  });
});
