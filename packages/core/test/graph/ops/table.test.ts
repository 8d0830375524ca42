import { expect } from 'chai';
import {
  OPS,
  GraphBuilder,
  hasTrait,
  inputSpec,
  isKnownOp,
  isPure,
  opAttrs,
  opRow,
  outputCount,
  type AttrSpec,
  type InputSpec,
} from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import { stockOpList, type StockOp, type StockParam } from './stock-op-list.js';

/** Kinds of attribute that a parameter of stock TensorFlow.js may be stored as. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  number: ['int', 'float'],
  'number[]': ['ints'],
  string: ['string'],
  'string[]': ['strings'],
  bool: ['bool'],
  dtype: ['type'],
  shape: ['shape'],
  func: ['raw'],
};

/** The op list calls these by a type that the format does not use, or leaves one of them out. */
const KNOWN_DIFFERENCES = new Set(['TensorListStack.num_elements', 'RandomUniform.T', 'Placeholder.T']);

/** Stock TensorFlow.js 4.22 reads `numLower` here, which must be a slip. */
const MISREAD = new Set(['MatrixBandPart.numUpper']);

function attrNames(param: StockParam): string[] {
  return [
    param.tfName ?? param.name,
    ...(param.tfDeprecatedName === undefined ? [] : [param.tfDeprecatedName]),
  ];
}

function isVariadic(param: StockParam): boolean {
  return param.type === 'tensors';
}

describe('op table', () => {
  const stock = stockOpList();

  it('has a row for each op of the installed TensorFlow.js and for no other', () => {
    expect(stock).to.have.length(248);
    expect(Object.keys(OPS).sort()).to.deep.equal(stock.map((op) => op.tfOpName).sort());
  });

  for (const op of stock) {
    it(`${op.tfOpName}: inputs and attributes are those that TensorFlow.js reads`, () => {
      const row = opRow(op.tfOpName);
      expect(row, op.tfOpName).not.to.equal(undefined);
      if (row === undefined) return;
      checkInputs(op, row.inputs);
      for (const param of op.attrs ?? []) if (param.notSupported !== true) checkAttr(op, param, row.attrs);
    });
  }

  function checkInputs(op: StockOp, specs: readonly InputSpec[]): void {
    const params = op.inputs ?? [];
    const fixed = specs.filter((spec) => spec.variadic !== true);
    for (const param of params) {
      const spec = specs.find((found) => found.name === param.name);
      expect(spec, `${op.tfOpName}.${param.name}`).not.to.equal(undefined);
      expect(spec?.variadic === true, `${op.tfOpName}.${param.name} is variadic`).to.equal(isVariadic(param));
      const at = param.start ?? 0;
      const firstVariadic = specs.findIndex((found) => found.variadic === true);
      const beforeVariadic = firstVariadic < 0 || at < firstVariadic || isVariadic(param);
      if (at < 0) expect(specs[specs.length + at]).to.equal(spec);
      else if (beforeVariadic && !MISREAD.has(`${op.tfOpName}.${param.name}`))
        expect(specs[at]).to.equal(spec);
    }
    const known = new Set(params.map((param) => param.name));
    const unread = fixed.filter((spec) => !known.has(spec.name) && op.category !== undefined);
    expect(unread.map((spec) => spec.name)).to.deep.equal([]);
  }

  function checkAttr(op: StockOp, param: StockParam, attrs: Readonly<Record<string, AttrSpec>>): void {
    for (const name of attrNames(param)) {
      const where = `${op.tfOpName}.${name}`;
      const spec = Object.hasOwn(attrs, name) ? attrs[name] : undefined;
      if (spec === undefined && param.type === 'dtype' && name === 'T') continue;
      expect(spec, where).not.to.equal(undefined);
      expect(spec?.ignored, where).to.equal(undefined);
      if (!KNOWN_DIFFERENCES.has(where)) expect(KINDS[param.type], where).to.include(spec?.kind);
      if (param.defaultValue !== undefined) expect(spec?.default, where).to.deep.equal(param.defaultValue);
    }
  }

  it('knows its own ops and no members of objects', () => {
    expect(isKnownOp('Conv2D')).to.equal(true);
    for (const name of ['__proto__', 'constructor', 'toString', 'MyOp', '']) {
      expect(isKnownOp(name), name).to.equal(false);
      expect(opRow(name), name).to.equal(undefined);
      expect(isPure(name), name).to.equal(false);
    }
  });

  it('tells traits that passes rely on', () => {
    expect(hasTrait('Add', 'commutative')).to.equal(true);
    expect(hasTrait('Sub', 'commutative')).to.equal(false);
    expect(hasTrait('BiasAdd', 'commutative')).to.equal(false);
    const pure = ['Conv2D', 'Relu', 'Shape', 'Identity'].every(isPure);
    const impure = [
      'Placeholder',
      'Const',
      'RandomUniform',
      'Switch',
      'Print',
      'HashTableV2',
      'Where',
      'NoOp',
    ];
    expect(pure).to.equal(true);
    expect(impure.filter(isPure)).to.deep.equal([]);
  });

  it('finds what each input is for, around variadic ones too', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1]);
    b.op('ConcatV2', [x, x, x, b.ints(0)], { N: 3 }, 'concat');
    b.op('_FusedConv2D', [x, x, x, x], { fused_ops: ['BiasAdd', 'Prelu'], num_args: 2 }, 'conv');
    b.op('Reshape', [x, b.ints([1])], {}, 'reshape');
    const graph = b.output('concat').graph();
    const names = (node: string): (string | undefined)[] =>
      graph.need(node).inputs.map((_, i) => inputSpec(graph.need(node), i)?.name);
    expect(names('concat')).to.deep.equal(['tensors', 'tensors', 'tensors', 'axis']);
    expect(names('conv')).to.deep.equal(['x', 'filter', 'args', 'args']);
    expect(inputSpec(graph.need('reshape'), 1)?.role).to.equal('shape');
    expect(inputSpec(graph.need('reshape'), 2)).to.equal(undefined);
  });

  it('counts outputs, from attributes where needed', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [6]);
    b.op('Split', [b.ints(0), x], { num_split: 3 }, 'split');
    b.op('Unpack', [x], { num: 6 }, 'unpack');
    b.op('Unpack', [x], {}, 'silent');
    b.op('IdentityN', [x, x], {}, 'both');
    b.op('MyOp', [x], {}, 'mine');
    const graph = b.output('split').graph();
    const counts = ['x', 'split', 'unpack', 'silent', 'both', 'mine'].map((name) =>
      outputCount(graph.need(name)),
    );
    expect(counts).to.deep.equal([1, 3, 6, undefined, 2, undefined]);
  });

  it('reads attributes typed by op, with defaults', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 4, 4, 1]);
    b.op('MaxPool', [x], { strides: [1, 2, 2, 1], padding: 'SAME', ksize: [1, 2, 2, 1] }, 'pool');
    b.op('LeakyRelu', [x], {}, 'leaky');
    const graph = b.output('pool').graph();
    const attrs = opAttrs(graph.need('pool'), 'MaxPool');
    const strides: readonly number[] = attrs.strides;
    expect(strides).to.deep.equal([1, 2, 2, 1]);
    expect(attrs.data_format).to.equal(undefined);
    expect(opAttrs(graph.need('leaky'), 'LeakyRelu').alpha).to.equal(0.2);
    await expectCode('graph/op', () => opAttrs(graph.need('leaky'), 'Relu'));
    await expectCode('graph/attribute', () => opAttrs({ ...graph.need('pool'), attrs: {} }, 'MaxPool'));
  });
});
