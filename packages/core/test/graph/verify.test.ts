import { expect } from 'chai';
import {
  attr,
  GraphBuilder,
  makeNode,
  Graph,
  loadModel,
  requireValid,
  verifyGraph,
  Weight,
  Weights,
  type ErrorCode,
  type Model,
  type Node,
} from '@tfjs-optimize/core';
import { expectCode, needShared } from '@tfjs-optimize/testing';
import { eachSharedModel } from './shared-models.js';

const CONV = { strides: [1, 1, 1, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };

function net(): Model<'float'> {
  const b = new GraphBuilder();
  const x = b.input('x', [-1, 8, 8, 3]);
  const w = b.constant('w', new Float32Array(27 * 4), [3, 3, 3, 4]);
  return b.output(b.op('Relu', [b.op('Conv2D', [x, w], CONV, 'conv')], {}, 'y')).build();
}

/** The net with one node replaced. */
function withNode(changed: Partial<Node> & Pick<Node, 'name' | 'op'>): Model<'float'> {
  const model = net();
  const nodes = [...model.graph].map((node) => (node.name === changed.name ? makeNode(changed) : node));
  return model.with({ graph: new Graph(nodes, model.graph.inputs, model.graph.outputs) });
}

function codes(model: Model, options = {}): ErrorCode[] {
  return verifyGraph(model, options).violations.map(({ code }) => code);
}

describe('verifyGraph', () => {
  it('finds nothing in a sound graph', () => {
    expect(verifyGraph(net(), { strict: true, shapes: true })).to.deep.equal({ violations: [], notes: [] });
    requireValid(net());
  });

  const cases: readonly { what: string; node: Parameters<typeof withNode>[0]; code: ErrorCode }[] = [
    {
      what: 'an input too many',
      node: { name: 'y', op: 'Relu', inputs: ['conv', 'x'] },
      code: 'graph/dangling',
    },
    { what: 'an input too few', node: { name: 'y', op: 'Add', inputs: ['conv'] }, code: 'graph/dangling' },
    {
      what: 'an output that its node has not',
      node: { name: 'y', op: 'Relu', inputs: ['conv:1'] },
      code: 'graph/dangling',
    },
    {
      what: 'a missing attribute',
      node: { name: 'y', op: 'Cast', inputs: ['conv'] },
      code: 'graph/attribute',
    },
    {
      what: 'an attribute of another kind',
      node: { name: 'y', op: 'Squeeze', inputs: ['conv'], attrs: { squeeze_dims: attr.int(1) } },
      code: 'graph/attribute',
    },
    { what: 'a Const without a weight', node: { name: 'y', op: 'Const' }, code: 'graph/weight' },
    {
      what: 'a weight of the name of another op',
      node: { name: 'w', op: 'Relu', inputs: ['x'] },
      code: 'graph/weight',
    },
  ];
  for (const { what, node, code } of cases) {
    it(`reports ${what}`, async () => {
      const model = withNode(node);
      expect(codes(model)).to.include(code);
      await expectCode(code, () => requireValid(model));
    });
  }

  it('takes integers for floats and empty lists of any kind', () => {
    const attrs = { alpha: attr.int(1) };
    expect(codes(withNode({ name: 'y', op: 'LeakyRelu', inputs: ['conv'], attrs }))).to.deep.equal([]);
    const empty = { squeeze_dims: attr.strings([]) };
    expect(codes(withNode({ name: 'y', op: 'Squeeze', inputs: ['conv'], attrs: empty }))).to.deep.equal([]);
  });

  it('keeps unknown ops and names them in a note; strictly it refuses them', () => {
    const model = withNode({ name: 'y', op: 'MyOp', inputs: ['conv', 'conv:7'], attrs: { a: attr.int(1) } });
    expect(codes(model)).to.deep.equal(['graph/dangling']);
    const known = withNode({ name: 'y', op: 'MyOp', inputs: ['conv'] });
    const { violations, notes } = verifyGraph(known);
    expect(violations).to.deep.equal([]);
    expect(notes).to.have.length(1);
    expect(notes[0]).to.include({ subject: 'y', kind: 'saw' });
    expect(codes(known, { strict: true })).to.deep.equal(['graph/op']);
  });

  it('reports weights whose bytes do not fit, and notes those that nobody reads', () => {
    const short = Weight.stored('float32', [3, 3, 3, 4], { kind: 'plain' }, new Uint8Array(8));
    const model = net();
    expect(codes(model.with({ weights: new Weights([['w', short]]) }))).to.deep.equal(['graph/weight']);
    const extra = model.weights.with(new Map([['spare', Weight.of(new Float32Array(1), [1])]]));
    expect(verifyGraph(model.with({ weights: extra })).notes.map(({ subject }) => subject)).to.deep.equal([
      'spare',
    ]);
  });

  it('reports ports that contradict the graph', () => {
    const model = net();
    const [output] = model.signature.outputs;
    if (output === undefined) throw new Error('internal: no output');
    const outputs = [{ ...output, value: 'conv' }];
    expect(codes(model.with({ signature: { ...model.signature, outputs } }))).to.deep.equal(['graph/output']);
    const inputs = [{ key: 'w', value: 'w', dtype: 'float32' as const, shape: undefined }];
    expect(codes(model.with({ signature: { ...model.signature, inputs } }))).to.deep.equal(['graph/output']);
    const none = new Graph(model.graph, ['x'], []);
    expect(codes(model.with({ graph: none, signature: { inputs: [], outputs: [] } }))).to.deep.equal([
      'graph/output',
    ]);
  });

  it('reports shapes that do not fit, when asked to', () => {
    const b = new GraphBuilder();
    const sum = b.op('Add', [b.input('a', [2, 3]), b.input('b', [2, 4])], {}, 'sum');
    const model = b.output(sum).build();
    expect(codes(model)).to.deep.equal([]);
    expect(codes(model, { shapes: true })).to.deep.equal(['graph/shape']);
  });

  it('finds names that are members of objects', () => {
    const b = new GraphBuilder();
    const model = b.output(b.op('Relu', [b.input('x', [1])], {}, '__proto__')).build();
    expect(codes(model)).to.deep.equal(['io/unsafe']);
  });
});

describe('verifyGraph on real models', () => {
  before(function () {
    needShared(this, 'data', 'models');
  });
  eachSharedModel((name, file) => {
    it(`finds nothing wrong in ${name}`, async () => {
      const model = await loadModel(file);
      const { violations, notes } = verifyGraph(model, { strict: true, shapes: true });
      expect(violations).to.deep.equal([]);
      expect(notes).to.deep.equal([]);
    }).timeout(30_000);
  });
});
