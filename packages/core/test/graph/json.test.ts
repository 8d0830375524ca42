import {
  Graph,
  getAttr,
  graphFromJson,
  graphToJson,
  makeNode,
  weightNamesInFunctions,
} from '@tfjs-optimize/core';
import type { Attr, Json, JsonObject } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { attrFromJson, attrToJson } from '../../src/graph/json-attr.js';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A graph of one node that reads `x`, written back. */
function roundTrip(node: JsonObject): Json | undefined {
  const topology = { node: [{ name: 'x', op: 'Placeholder' }, node] };
  const written = graphToJson(graphFromJson(topology, ['x'], ['n']));
  return (written['node'] as Json[])[1];
}

describe('graph JSON', () => {
  /** Attribute name, spellings that are read, the kind and value they have, how they are written. */
  const spellings: [name: string, read: Json[], attr: Attr, written: Json][] = [
    ['axis', [{ i: '3' }, { i: 3 }, { i: '+3' }], { kind: 'int', value: 3 }, { i: '3' }],
    ['axis', [{ i: '-1' }, { i: -1 }], { kind: 'int', value: -1 }, { i: '-1' }],
    ['alpha', [{ f: 0.5 }, { f: '0.5' }], { kind: 'float', value: 0.5 }, { f: 0.5 }],
    ['alpha', [{ f: '-Infinity' }], { kind: 'float', value: -Infinity }, { f: '-Infinity' }],
    ['keep_dims', [{ b: true }], { kind: 'bool', value: true }, { b: true }],
    [
      'padding',
      [{ s: base64('SAME') }, { s: 'SAME' }, { s: [83, 65, 77, 69] }],
      { kind: 'string', value: 'SAME' },
      { s: base64('SAME') },
    ],
    ['padding', [{ s: 'VALID' }], { kind: 'string', value: 'VALID' }, { s: base64('VALID') }],
    ['name', [{ s: '' }], { kind: 'string', value: '' }, { s: '' }],
    ['equation', [{ s: base64('é→😀') }], { kind: 'string', value: 'é→😀' }, { s: base64('é→😀') }],
    ['T', [{ type: 'DT_FLOAT' }, { type: 1 }], { kind: 'type', value: 'DT_FLOAT' }, { type: 'DT_FLOAT' }],
    ['T', [{ type: 9 }], { kind: 'type', value: 'DT_INT64' }, { type: 'DT_INT64' }],
    [
      'shape',
      [
        { shape: { dim: [{ size: '-1' }, { size: 3 }] } },
        { shape: { dim: [{ size: -1 }, { size: '3' }], unknownRank: false } },
      ],
      { kind: 'shape', value: [-1, 3] },
      { shape: { dim: [{ size: '-1' }, { size: '3' }] } },
    ],
    ['shape', [{ shape: {} }, { shape: { dim: [] } }], { kind: 'shape', value: [] }, { shape: {} }],
    ['shape', [{ shape: { dim: [{}] } }], { kind: 'shape', value: [0] }, { shape: { dim: [{ size: '0' }] } }],
    [
      'shape',
      [{ shape: { unknownRank: true } }, { shape: { unknown_rank: true } }],
      { kind: 'shape', value: null },
      { shape: { unknownRank: true } },
    ],
    [
      'strides',
      [{ list: { i: ['1', 2] } }, { list: { i: [1, '2'], f: [] } }],
      { kind: 'ints', value: [1, 2] },
      { list: { i: ['1', '2'] } },
    ],
    ['strides', [{ list: {} }, { list: { i: [] } }], { kind: 'ints', value: [] }, { list: {} }],
    ['fused_ops', [{ list: {} }, { list: { s: [] } }], { kind: 'strings', value: [] }, { list: {} }],
    [
      'fused_ops',
      [{ list: { s: [base64('BiasAdd'), 'Relu'] } }],
      { kind: 'strings', value: ['BiasAdd', 'Relu'] },
      { list: { s: [base64('BiasAdd'), base64('Relu')] } },
    ],
    ['x', [{ list: { f: [1, '2.5'] } }], { kind: 'floats', value: [1, 2.5] }, { list: { f: [1, 2.5] } }],
    ['x', [{ list: { b: [true] } }], { kind: 'bools', value: [true] }, { list: { b: [true] } }],
    [
      'Tin',
      [{ list: { type: ['DT_INT32', 10] } }],
      { kind: 'types', value: ['DT_INT32', 'DT_BOOL'] },
      { list: { type: ['DT_INT32', 'DT_BOOL'] } },
    ],
    [
      'shapes',
      [{ list: { shape: [{}, { unknownRank: true }] } }],
      { kind: 'shapes', value: [[], null] },
      { list: { shape: [{}, { unknownRank: true }] } },
    ],
  ];
  for (const [name, read, attr, written] of spellings) {
    for (const json of read) {
      it(`reads '${name}' ${JSON.stringify(json)} as ${attr.kind}`, () => {
        const found = attrFromJson(name, json, 'node');
        expect(found).to.deep.equal(attr);
        expect(attrToJson(found)).to.deep.equal(written);
      });
    }
  }

  /** What fits no kind exactly is kept word for word. */
  const raws: Json[] = [
    { tensor: { dtype: 'DT_INT32', tensorShape: {}, intVal: [3] } },
    { func: { name: 'body', attr: {} } },
    { i: '9223372036854775807' },
    { i: '1.5' },
    { s: base64('SAME').slice(0, -1) + '\u0000', x: 1 },
    { s: Buffer.from([0xff, 0xfe, 0xfd]).toString('base64') },
    { type: 99 },
    { shape: { dim: [{ size: '2', name: 'rows' }] } },
    { list: { i: ['1'], f: [2] } },
    { list: {} },
    { placeholder: 'T' },
    {},
  ];
  for (const json of raws) {
    it(`keeps ${JSON.stringify(json)} as it is`, () => {
      const found = attrFromJson('unheard_of', json, 'node');
      expect(found).to.deep.equal({ kind: 'raw', value: json });
      expect(attrToJson(found)).to.equal(json);
    });
  }

  it('writes a node as it was read, other fields included', () => {
    const node = {
      name: 'n',
      op: 'SomethingNew',
      input: ['x', 'x:2', '^x'],
      device: '/gpu:0',
      attr: { T: { type: 'DT_FLOAT' }, deep: { func: { name: 'f' } } },
      experimentalType: { typeId: 'TFT_PRODUCT' },
    };
    expect(roundTrip(node)).to.deep.equal(node);
    expect(roundTrip({ name: 'n', op: 'NoOp' })).to.deep.equal({ name: 'n', op: 'NoOp' });
  });

  it('writes node:0 as node, control inputs last, and leaves out what is empty', () => {
    const node = { name: 'n', op: 'AddV2', input: ['^x', 'x:0', 'x:00', 'x:1'], attr: {} };
    expect(roundTrip(node)).to.deep.equal({ name: 'n', op: 'AddV2', input: ['x', 'x', 'x:1', '^x'] });
  });

  it('keeps control inputs apart from inputs', () => {
    const topology = {
      node: [
        { name: 'a', op: 'Placeholder' },
        { name: 'b', op: 'Relu', input: ['a', '^a'] },
      ],
    };
    const node = graphFromJson(topology, ['a'], ['b']).need('b');
    expect(node.inputs).to.deep.equal(['a']);
    expect(node.controls).to.deep.equal(['a']);
  });

  it('keeps the function library and versions, and always writes versions', () => {
    const library = {
      function: [{ signature: { name: 'f' }, nodeDef: [{ name: 'f/c', op: 'Const' }], ret: {} }],
    };
    const topology = { node: [{ name: 'a', op: 'Placeholder' }], library, versions: { producer: 27 } };
    const graph = graphFromJson(topology, ['a'], ['a']);
    expect(graphToJson(graph)).to.deep.equal({ node: topology.node, library, versions: { producer: 27 } });
    expect(graphToJson(new Graph(graph, ['a'], ['a']))).to.deep.equal({ node: topology.node, versions: {} });
  });

  it('names the weights that functions and an initializer read', () => {
    const library = {
      function: [{ nodeDef: [{ name: 'f/c', op: 'Const' }] }, { node_def: [{ name: 'g/c', op: 'Const' }] }],
    };
    const graph = new Graph([makeNode({ name: 'a', op: 'Placeholder' })], ['a'], ['a'], { library });
    const names = weightNamesInFunctions(graph, { node: [{ name: 'table/keys', op: 'Const' }] });
    expect([...names]).to.deep.equal(['f/c', 'g/c', 'table/keys']);
  });

  it('does not change the topology it is given', () => {
    const topology = {
      node: [
        { name: 'a', op: 'Placeholder' },
        { name: 'b', op: 'Relu', input: ['a:0'] },
      ],
    };
    const before = JSON.stringify(topology);
    graphFromJson(topology, ['a'], ['b']);
    expect(JSON.stringify(topology)).to.equal(before);
  });

  const bad: [what: string, code: string, topology: unknown][] = [
    ['a topology that is no object', 'io/format', 'text'],
    ['a topology without nodes', 'io/format', { nodes: [] }],
    ['a node that is no object', 'io/format', { node: [7] }],
    ['a hole in a list of nodes', 'io/format', { node: new Array<unknown>(3) }],
    ['a billion nodes', 'io/unsafe', { node: new Array<unknown>(1e9) }],
    ['a node without a name', 'io/format', { node: [{ op: 'Relu' }] }],
    ['a name with a colon', 'io/format', { node: [{ name: 'a:1', op: 'Relu' }] }],
    ['a node named __proto__', 'io/unsafe', { node: [{ name: '__proto__', op: 'Relu' }] }],
    ['a node named constructor', 'io/unsafe', { node: [{ name: 'constructor', op: 'Relu' }] }],
    ['a node without an op', 'io/format', { node: [{ name: 'a' }] }],
    ['inputs that are no list', 'io/format', { node: [{ name: 'a', op: 'Relu', input: 'b' }] }],
    ['an input that is no text', 'io/format', { node: [{ name: 'a', op: 'Relu', input: [1] }] }],
    [
      'an input with a name for an output',
      'io/format',
      { node: [{ name: 'a', op: 'Relu', input: ['b:y:0'] }] },
    ],
    ['an input that does not exist', 'graph/dangling', { node: [{ name: 'a', op: 'Relu', input: ['b'] }] }],
    [
      'two nodes of one name',
      'graph/duplicate',
      {
        node: [
          { name: 'a', op: 'Relu' },
          { name: 'a', op: 'Relu' },
        ],
      },
    ],
    ['a node that reads itself', 'graph/cycle', { node: [{ name: 'a', op: 'Relu', input: ['a'] }] }],
    [
      'a cycle',
      'graph/cycle',
      {
        node: [
          { name: 'a', op: 'Relu', input: ['b'] },
          { name: 'b', op: 'Relu', input: ['a'] },
        ],
      },
    ],
    ['attributes that are no object', 'graph/attribute', { node: [{ name: 'a', op: 'Relu', attr: 3 }] }],
    [
      'an attribute that is no object',
      'graph/attribute',
      { node: [{ name: 'a', op: 'Relu', attr: { T: 1 } }] },
    ],
    [
      'an attribute named __proto__',
      'io/unsafe',
      JSON.parse('{"node": [{"name": "a", "op": "Relu", "attr": {"__proto__": {"i": "1"}}}]}'),
    ],
  ];
  for (const [what, code, topology] of bad) {
    it(`refuses ${what} with ${code}`, () => expectCode(code, () => graphFromJson(topology, [], [])));
  }

  it('does not confuse attributes with members of Object', () => {
    const node = graphFromJson({ node: [{ name: 'a', op: 'Relu' }] }, [], ['a']).need('a');
    expect(getAttr(node, 'toString', 'int')).to.equal(undefined);
  });
});
