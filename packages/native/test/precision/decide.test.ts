import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import { explainPrecision } from '../../src/index.js';
import { opsByRole } from '../../src/precision/roles.js';
import { opDef } from '../../src/saved-model/ops/op-def.js';
import { modelOf, numbers, product } from './models.js';

/** A line for each node: op, precision, why. */
async function lines(model: Model, keep: readonly string[] = []): Promise<string[]> {
  const { nodes } = await explainPrecision(model, { precision: 'float16', keep });
  return nodes.map(({ op, precision, why }) => `${op} ${precision}: ${why}`);
}

describe('which nodes are computed in 16 bits', () => {
  beforeEach(() => tf.setBackend('cpu'));

  it('products, what lies between them, and moves; not what is behind the last', async () => {
    const model = modelOf((b, x) => {
      const first = b.op('Tanh', [product(b, b.op('Reshape', [x, b.ints([-1, 16])]), [16, 16], 'first')]);
      const flat = b.op('Transpose', [b.op('Relu', [first]), b.ints([0, 1])]);
      return b.op('Sigmoid', [product(b, flat, [16, 4], 'second')]);
    });
    expect(await lines(model)).to.deep.equal([
      'Reshape float16: read by nodes of 16 bits alone',
      'MatMul float16: a product',
      'Tanh float16: between products',
      'Relu float16: moves what is of 16 bits',
      'Transpose float16: moves what is of 16 bits',
      'MatMul float16: a product',
      'Sigmoid float32: not between products',
    ]);
  });

  it('not what is exact and what stands behind it, up to the next product', async () => {
    const model = modelOf((b, x) => {
      const soft = b.op('Softmax', [product(b, x, [16, 16], 'first')]);
      const scaled = b.op('Mul', [soft, b.constant('two', 2)], {}, 'scaled');
      const both = b.op('ConcatV2', [scaled, b.op('Relu', [scaled]), b.ints(1, [])], {}, 'both');
      return product(b, both, [32, 4], 'second');
    });
    expect(await lines(model)).to.deep.equal([
      'MatMul float16: a product',
      'Softmax float32: Softmax needs float32',
      "Mul float32: behind 'Softmax'",
      "Relu float32: behind 'Softmax'",
      "ConcatV2 float32: behind 'Softmax'",
      'MatMul float16: a product',
    ]);
  });

  it('a sum of two branches only where no branch is exact', async () => {
    const sum = (other: 'Relu' | 'Exp'): Model =>
      modelOf((b, x) => {
        const first = product(b, x, [16, 16], 'first');
        return product(b, b.op('AddV2', [first, b.op(other, [first])], {}, 'sum'), [16, 4], 'second');
      });
    expect((await lines(sum('Relu')))[2]).to.equal('AddV2 float16: between products');
    expect((await lines(sum('Exp')))[2]).to.equal("AddV2 float32: behind 'Exp'");
  });

  it('moves of weights alone as their readers want them, and tables as they are stored', async () => {
    const b = new GraphBuilder();
    const ids = b.input('ids', [-1], 'int32');
    const table = b.constant('table', numbers(64 * 16), [64, 16]);
    const rows = b.op('GatherV2', [table, ids, b.ints(0, [])], {}, 'rows');
    const w = b.op('Transpose', [b.constant('small', numbers(64), [4, 16]), b.ints([1, 0])], {}, 'turned');
    b.output(b.op('MatMul', [b.op('Softmax', [rows]), w], { transpose_a: false, transpose_b: false }), 'y');
    expect(await lines(b.build())).to.deep.equal([
      'GatherV2 float16: moves weights of 16 bits',
      'Transpose float16: read by nodes of 16 bits alone',
      'Softmax float32: Softmax needs float32',
      'MatMul float16: a product',
    ]);
  });

  it('not comparisons and rounding to whole numbers, whose results jump', async () => {
    const model = modelOf((b, x) => {
      const first = product(b, x, [16, 16], 'first');
      const floor = b.op('Floor', [first]);
      const chosen = b.op('Select', [b.op('Greater', [first, floor]), first, floor]);
      return product(b, chosen, [16, 4], 'second');
    });
    expect((await lines(model)).slice(1, 3)).to.deep.equal([
      'Floor float32: Floor is on no list',
      'Greater float32: Greater is on no list',
    ]);
  });

  it('not nodes that are named, nor layers, nor what reads numbers that float16 does not have', async () => {
    const model = modelOf((b, x) => {
      const first = product(b, x, [16, 16], 'first');
      const masked = b.op('AddV2', [first, b.constant('mask', -1e9)], {}, 'masked');
      const safe = b.op('RealDiv', [masked, b.constant('least', 1e-12)], {}, 'safe');
      return product(b, product(b, safe, [16, 16], 'second'), [16, 4], 'third');
    });
    const all = await lines(model, ['second']);
    expect(all).to.deep.equal([
      'MatMul float16: a product',
      "AddV2 float32: weight 'mask' holds -1000000000, which is too large for float16",
      "RealDiv float32: weight 'least' holds 9.999999960041972e-13, which is 0 in float16",
      'MatMul float32: named in keep',
      'MatMul float16: a product',
    ]);
    const { nodes } = await explainPrecision(model, { precision: 'bfloat16' });
    expect(nodes.map(({ precision }) => precision)).to.deep.equal(Array(5).fill('bfloat16'));
    const layers = nets.mlp({ seed: 1 });
    const traced = traceLayersModel(layers);
    const [layer = ''] = layers.layers.filter(({ weights }) => weights.length > 0).map(({ name }) => name);
    const told = await explainPrecision(traced, { precision: 'float16', keep: [layer] });
    const kept = told.nodes.filter((node) => node.layer === layer);
    expect(kept.length).to.be.above(0);
    expect(kept.every(({ precision }) => precision === 'float32')).to.equal(true);
    layers.dispose();
  });

  it('not what derives from a weight that is too large, however it is moved before', async () => {
    const model = modelOf((b, x) => {
      const large = b.constant('large', numbers(64, 1e5), [4, 16]);
      const turned = b.op('Transpose', [large, b.ints([1, 0])], {}, 'turned');
      return b.op('MatMul', [x, turned], { transpose_a: false, transpose_b: false });
    });
    expect((await lines(model)).every((line) => line.includes('float32: weight'))).to.equal(true);
  });

  it('not loops of frames', async () => {
    const b = new GraphBuilder();
    const enter = (value: string, isConstant = false): string =>
      b.op('Enter', [value], { frame_name: 'loop', is_constant: isConstant, parallel_iterations: 10 });
    const x = b.op('Merge', [enter(b.input('x', [-1, 16])), 'next'], {}, 'state');
    const more = b.op('LoopCond', [
      b.op('Less', [b.op('Sum', [x, b.ints([0, 1])]), enter(b.constant('end', 9), true)]),
    ]);
    const state = b.op('Switch', [x, more]);
    const w = enter(b.constant('w', numbers(256), [16, 16]), true);
    b.op(
      'NextIteration',
      [b.op('MatMul', [b.out(state, 1), w], { transpose_a: false, transpose_b: false })],
      {},
      'next',
    );
    b.output(product(b, b.op('Exit', [state]), [16, 4], 'behind'), 'y');
    const found = await lines(b.build());
    expect(found.filter((line) => line.startsWith('MatMul'))).to.deep.equal([
      'MatMul float32: in a loop',
      'MatMul float16: a product',
    ]);
  });

  it('tells all of it in text, and says what was not looked at', async () => {
    const model = modelOf((b, x) => b.op('Softmax', [product(b, x, [16, 4], 'scores')], {}, 'soft'));
    const report = await explainPrecision(model, { precision: 'float16' });
    expect(String(report)).to.equal(
      [
        '1 of 2 nodes computed in float16, 2 casts a call',
        'layer   op       in       because                node',
        'scores  MatMul   float16  a product              scores',
        'soft    Softmax  float32  Softmax needs float32  soft',
        'warning: values beyond 65504 were not looked for, and would become infinite: give {calibration}',
      ].join('\n'),
    );
    expect((await explainPrecision(model)).text()).to.equal('all float32');
    const stored = await explainPrecision(model, { precision: 'bfloat16-storage' });
    expect(stored.text()).to.equal('weights in bfloat16, all computed in float32');
  });

  it('has roles for ops that are written alone, and no op with two', () => {
    const all = Object.values(opsByRole()).flat();
    expect(new Set(all).size).to.equal(all.length);
    expect(all.filter((op) => opDef(op) === undefined)).to.deep.equal([]);
  });
});
