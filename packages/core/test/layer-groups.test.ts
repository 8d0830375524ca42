import { expect } from 'chai';
import { Graph, makeNode, Model, Weight, Weights, type Source } from '@tfjs-optimize/core';
import { groupByLayer } from '../src/layer-groups.js';

/** Nodes as `name op input …`; every Const gets a weight. */
function modelOf(kind: Source['kind'], lines: readonly string[]): Model {
  const nodes = lines.map((line) => {
    const [name = '', op = '', ...inputs] = line.split(' ');
    return makeNode({ name, op, inputs });
  });
  const constants = nodes
    .filter(({ op }) => op === 'Const')
    .map(({ name }) => [name, Weight.of(Float32Array.of(1), [])] as const);
  return new Model({
    graph: new Graph(nodes, ['x'], [nodes.at(-1)?.name ?? 'x']),
    weights: new Weights(constants),
    signature: { inputs: [], outputs: [] },
    stage: 'float',
    source: { kind },
  });
}

const shown = (model: Model): string[] =>
  groupByLayer(model).map(
    ({ name, nodes, weights }) => `${name}: ${nodes.map(({ op }) => op).join(' ')} | ${weights.join(' ')}`,
  );

describe('groupByLayer', () => {
  it('groups traced models by the layers they were traced from', () => {
    const model = modelOf('layers-model', [
      'x Placeholder',
      'conv/kernel Const',
      'conv/bias Const',
      'conv/Conv2D Conv2D x conv/kernel',
      'conv/BiasAdd BiasAdd conv/Conv2D conv/bias',
      'relu/Relu Relu conv/BiasAdd',
    ]);
    expect(shown(model)).to.deep.equal(['conv: Conv2D BiasAdd | conv/kernel conv/bias', 'relu: Relu | ']);
  });

  it('groups converted models by scope, without what all scopes share', () => {
    const model = modelOf('graph-model', [
      'x Placeholder',
      'unknown_1 Const',
      'Call/net/conv/read Identity unknown_1',
      'Call/net/conv/Conv2D Conv2D x Call/net/conv/read',
      'Call/net/block/relu/Relu Relu Call/net/conv/Conv2D',
      'Call/net/Reshape Reshape Call/net/block/relu/Relu',
      'Identity Identity Call/net/Reshape',
    ]);
    expect(shown(model)).to.deep.equal([
      'conv: Conv2D | unknown_1',
      'block/relu: Relu | ',
      'Reshape: Reshape | ',
    ]);
  });

  it('leaves what a pass made of a node in its layer', () => {
    const model = modelOf('graph-model', [
      'x Placeholder',
      'norm/scale Const',
      'norm/FusedBatchNormV3/scaled Mul x norm/scale',
      'norm/FusedBatchNormV3 AddV2 norm/FusedBatchNormV3/scaled norm/scale',
      'act/Relu Relu norm/FusedBatchNormV3',
    ]);
    expect(shown(model)).to.deep.equal(['norm: Mul AddV2 | norm/scale', 'act: Relu | ']);
  });

  it('leaves a fused node with the layer that does the work', () => {
    const lines = [
      'x Placeholder',
      'conv/kernel Const',
      'bn/folded Const',
      'conv/kernel/read Identity conv/kernel',
      'relu/Relu _FusedConv2D x conv/kernel/read bn/folded',
      'unnamed Const',
      'dense/Softmax Softmax relu/Relu',
      'act/Relu _FusedMatMul dense/Softmax unnamed bn/folded',
    ];
    expect(shown(modelOf('layers-model', lines))).to.deep.equal([
      'conv: _FusedConv2D | conv/kernel bn/folded',
      'dense: Softmax | ',
      'act: _FusedMatMul | unnamed',
    ]);
    expect(shown(modelOf('graph-model', lines))[0]).to.match(/^conv: _FusedConv2D/);
  });

  it('gives a weight that nothing computes with a group of its own', () => {
    const model = modelOf('graph-model', ['x Placeholder', 'table Const', 'y Relu x']);
    expect(shown(model)).to.deep.equal(['y: Relu | ', 'table:  | table']);
  });
});
