import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, printGraph, type Model, type PlainAttrs } from '@tfjs-optimize/core';
import { maxDifference, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { withSharedProducts } from '../../src/sequence/share-products.js';
import { BACKENDS, useBackend } from '../support/backend.js';
import { opsOf } from '../support/check.js';
import { execute } from '../support/execute.js';

const INPUTS = 5;
const COLUMNS = 4;
const STEPS = 3;

interface Options {
  readonly op?: string;
  readonly attrs?: PlainAttrs;
  /** Steps that are multiplied by a matrix of their own. */
  readonly others?: readonly number[];
  readonly axis?: number;
  /** The product of this step is an output of the model. */
  readonly output?: number;
}

/** Σ of the products of the steps of x, [3, ?, 5], with one matrix. */
function model({ op = 'MatMul', attrs = {}, others = [], axis = 0, output = -1 }: Options = {}): Model {
  const b = new GraphBuilder();
  const x = b.input('x', axis === 0 ? [STEPS, -1, INPUTS] : [-1, STEPS, INPUTS]);
  const matrix = (name: string, from: number) =>
    b.constant(
      name,
      Float32Array.from({ length: INPUTS * COLUMNS }, (_, i) => Math.sin(from + i)),
      [INPUTS, COLUMNS],
    );
  const [shared, own] = [matrix('w', 0), matrix('own', 1)];
  const bias = op === '_FusedMatMul' ? [b.constant('bias', [1, -2, 3, -4])] : [];
  const parts = b.op('Unpack', [x], { axis, num: STEPS }, 'unpack');
  const products = Array.from({ length: STEPS }, (_, i) =>
    b.op(
      op,
      [b.out(parts, i), others.includes(i) ? own : shared, ...bias],
      { transpose_a: false, transpose_b: false, ...attrs },
      `product_${i}`,
    ),
  );
  b.output(b.op('AddN', products, { N: STEPS }, 'total'));
  if (output >= 0) b.output(products[output] as string);
  return b.build();
}

/** Both sum up the same INPUTS terms and STEPS products in float32, perhaps in another order. */
const TOLERANCE = STEPS * INPUTS * (INPUTS + 2) * 2 ** -23;

async function run(before: Model): Promise<Model> {
  const { model: after, notes } = withSharedProducts(before);
  expect(notes).to.have.length(1);
  for (const rows of [1, 4]) {
    const x = nets.uniformTensor([STEPS, rows, INPUTS], rows);
    const [a, b] = [await execute(before, [x]), await execute(after, [x])];
    x.dispose();
    expect(b.shape).to.deep.equal(a.shape);
    expect(maxDifference(a.values, b.values)).to.be.at.most(TOLERANCE);
  }
  return after;
}

describe('sharing products', () => {
  for (const name of BACKENDS) {
    describe(`on ${name}`, () => {
      before(() => useBackend(name));

      it('products of all steps with one matrix become one', async () => {
        const after = await run(model());
        expect(opsOf(after)).to.deep.equal(['Reshape', 'MatMul', 'Reshape', 'Unpack', 'AddN']);
      });

      it('with bias and activation, too', async () => {
        const attrs = { fused_ops: ['BiasAdd', 'Relu'], num_args: 1 };
        const after = await run(model({ op: '_FusedMatMul', attrs }));
        expect(opsOf(after)).to.deep.equal(['Reshape', '_FusedMatMul', 'Reshape', 'Unpack', 'AddN']);
      });
    });
  }

  it('a step with a matrix of its own keeps its product, and the parts that it reads', async () => {
    const after = await run(model({ others: [1] }));
    expect(opsOf(after).filter((op) => op === 'MatMul')).to.have.length(2);
    expect(opsOf(after).filter((op) => op === 'Unpack')).to.have.length(2);
  });

  it('a product that is an output of the model stays', async () => {
    const { model: after } = withSharedProducts(model({ output: 1 }));
    expect(after.graph.has('product_1')).to.equal(true);
    expect(opsOf(after).filter((op) => op === 'MatMul')).to.have.length(2);
  });

  it('steps along another axis and transposed factors are left alone', async () => {
    for (const options of [{ axis: 1 }, { attrs: { transpose_b: true } }]) {
      const before = model(options);
      expect(withSharedProducts(before).model, JSON.stringify(options)).to.equal(before);
    }
  });

  it('leaves the weights as they are and no tensors behind', async () => {
    const { numTensors } = tf.memory();
    const before = model();
    const { model: after } = withSharedProducts(before);
    expect(after.weights.get('w')).to.equal(before.weights.get('w'));
    expect(tf.memory().numTensors).to.equal(numTensors);
    expect(printGraph(after.graph)).to.contain('product_0/all = MatMul(product_0/rows, w)');
  });
});
