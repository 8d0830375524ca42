import { expect } from 'chai';
import { GraphBuilder, getAttr, printGraph } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';

function smallNet(): GraphBuilder {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 8, 8, 3]);
  const w = b.constant('w', new Float32Array(9 * 3 * 8), [3, 3, 3, 8]);
  const attrs = { strides: [1, 2, 2, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
  const y = b.op('Conv2D', [x, w], attrs, 'y');
  return b.output(b.op('Relu', [y], { T: 'float32', _class: 'x' }, 'out'));
}

describe('GraphBuilder and printGraph', () => {
  it('builds a model and prints it, one line a node', () => {
    const model = smallNet().build();
    expect(printGraph(model.graph, { weights: model.weights }).split('\n')).to.deep.equal([
      'x = Placeholder float32[?,8,8,3]',
      'w = Const float32[3,3,3,8]',
      'y = Conv2D(x, w) {dilations: [1,1,1,1], padding: SAME, strides: [1,2,2,1]}',
      'out = Relu(y)',
      'return out',
    ]);
    expect(model.signature.inputs).to.have.length(1);
    expect(model.weights.need('w').size).to.equal(216);
  });

  it('prints few values, quoted strings, control inputs and chosen nodes only', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2], 'int32');
    const shape = b.ints([2, -1]);
    const y = b.op('Reshape', [x, shape], {}, { name: 'y', controls: ['x'] });
    const s = b.op('StaticRegexReplace', [b.constant('s', ['a b'])], { pattern: '.*x', rewrite: 'y' }, 's2');
    b.output(y).output(s);
    const { graph, weights } = b.build();
    expect(printGraph(graph, { weights }).split('\n')).to.deep.equal([
      'x = Placeholder int32[2]',
      'ints = Const int32[2] = [2,-1]',
      'y = Reshape(x, ints, ^x)',
      's = Const string[1] = ["a b"]',
      's2 = StaticRegexReplace(s) {pattern: ".*x", rewrite: y}',
      'return y, s2',
    ]);
    expect(printGraph(graph, { nodes: ['y'] })).to.equal('y = Reshape(x, ints, ^x)');
    expect(printGraph(graph, { nodes: (node) => node.op === 'Const' }).split('\n')).to.have.length(2);
  });

  it('adds what is known of each value', () => {
    const { graph } = smallNet().build();
    const shapes = { shape: () => [-1, 2], dtype: () => 'float32' as const };
    expect(printGraph(graph, { shapes, nodes: ['out'] })).to.equal('out = Relu(y): float32[?,2]');
  });

  it('gives attributes the kinds of the op table', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1]);
    b.op('Cast', [x], { DstT: 'int32' }, 'cast');
    b.op('LeakyRelu', [x], { alpha: 1 }, 'leaky');
    b.op('_FusedConv2D', [x, x], { fused_ops: [] }, 'fused');
    const graph = b.output('cast').graph();
    expect(getAttr(graph.need('cast'), 'DstT', 'type')).to.equal('DT_INT32');
    expect(getAttr(graph.need('leaky'), 'alpha', 'float')).to.equal(1);
    expect(getAttr(graph.need('fused'), 'fused_ops', 'strings')).to.deep.equal([]);
  });

  it('numbers names that are not given and refuses one that is taken', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1]);
    expect(b.op('Relu', [x])).to.equal('Relu');
    expect(b.op('Relu', [x])).to.equal('Relu_1');
    expect(b.out(x, 2)).to.equal('x:2');
    await expectCode('graph/duplicate', () => b.input('x', [1]));
  });
});
