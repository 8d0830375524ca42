import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { attr, GraphBuilder, nodeOf, type Model } from '@tfjs-optimize/core';
import { fuseNorms } from '@tfjs-optimize/wasm/passes';
import { tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import { writeGraph } from '../../src/saved-model/graph.js';
import type { TfNode } from '../../src/saved-model/ops/graph-writer.js';
import { expectSameAnswers } from '../support/expect.js';
import { drawInputs } from '../support/inputs.js';
import { answersOfModel, answersOfSaved, needNode } from '../support/saved-model.js';

const seed = 3;

/** Numbers between -1 and 1, from the places of the elements alone. */
function numbers(...shape: number[]): [values: number[], shape: number[]] {
  const size = shape.reduce((a, b) => a * b, 1);
  return [Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + size)), shape];
}

interface Convolution {
  readonly op?: '_FusedConv2D' | 'FusedDepthwiseConv2dNative';
  readonly places: readonly [number, number];
  readonly filter: readonly number[];
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: string;
  readonly sides?: readonly number[];
  readonly channels?: number;
}

/** A fused convolution with bias and ReLU6. */
function convolution(of: Convolution): Model {
  const { op = '_FusedConv2D', places, filter, stride = 1, dilation = 1, padding = 'VALID', sides } = of;
  const b = new GraphBuilder();
  const outputs = op === '_FusedConv2D' ? filter[3] : (filter[2] as number) * (filter[3] as number);
  const inputs = [
    b.input('x', [-1, ...places, filter[2] as number]),
    b.constant('filter', ...numbers(...filter)),
    b.constant('bias', ...numbers(outputs as number)),
  ];
  const y = b.op(op, inputs, {
    T: attr.type('float32'),
    num_args: attr.int(1),
    fused_ops: attr.strings(['BiasAdd', 'Relu6']),
    strides: attr.ints([1, stride, stride, 1]),
    dilations: attr.ints([1, dilation, dilation, 1]),
    padding: attr.string(padding),
    ...(sides && { explicit_paddings: attr.ints(sides) }),
    data_format: attr.string('NHWC'),
  });
  b.output(y, 'y');
  return b.build();
}

const written = (model: Model): readonly TfNode[] => writeGraph(model).nodes;

function opsOf(model: Model): string[] {
  return written(model)
    .map(({ op }) => op)
    .filter((op) => op !== 'Const' && op !== 'Placeholder');
}

/** Expects a session to answer as TensorFlow.js does, for one image and for three. */
async function expectAnswers(context: Mocha.Context, model: Model): Promise<void> {
  const node = await needNode(context);
  const inputs = drawInputs(model, { unknown: [1, 3], seed });
  const saved = await answersOfSaved(node, model, path.join(tempFolder(), 'saved'), inputs);
  expectSameAnswers(model, saved, await answersOfModel(model, inputs, 'wasm'));
  tf.dispose(inputs);
}

describe('convolutions of 1 × 1', () => {
  const CONVOLUTION = ['Conv2D', 'BiasAdd', 'Relu6'];
  const PRODUCT = ['Reshape', 'Reshape', 'MatMul', 'BiasAdd', 'Relu6', 'Reshape'];
  const filter = [1, 1, 5, 7];

  for (const places of [
    [1, 1],
    [7, 9],
    [32, 32],
  ] as const) {
    it(`of ${places.join(' × ')} places are written as products`, async function () {
      const model = convolution({ places, filter });
      expect(opsOf(model)).to.deep.equal(PRODUCT);
      await expectAnswers(this, model);
    });
  }

  for (const [why, what] of [
    ['of more than 1024 places', { places: [33, 32], filter }],
    ['of images of unknown size', { places: [-1, 7], filter }],
    ['that skip places', { places: [8, 8], filter, stride: 2 }],
    [
      'with zeros around them',
      { places: [8, 8], filter, padding: 'EXPLICIT', sides: [0, 0, 1, 1, 1, 1, 0, 0] },
    ],
    ['that are larger', { places: [8, 8], filter: [1, 3, 5, 7] }],
  ] as const) {
    it(`${why} stay convolutions`, async function () {
      const model = convolution(what);
      expect(opsOf(model)).to.deep.equal(CONVOLUTION);
      if (!what.places.includes(-1 as never)) await expectAnswers(this, model);
    });
  }

  it('are products where they are padded by nothing, in numbers', () => {
    const sides = [0, 0, 0, 0, 0, 0, 0, 0];
    expect(opsOf(convolution({ places: [8, 8], filter, padding: 'EXPLICIT', sides }))).to.deep.equal(PRODUCT);
  });
});

describe('padding by numbers', () => {
  const sides = [0, 0, 0, 1, 0, 1, 0, 0];
  const padded = { places: [8, 8], filter: [3, 3, 4, 2], stride: 2, padding: 'EXPLICIT', sides } as const;

  for (const op of ['_FusedConv2D', 'FusedDepthwiseConv2dNative'] as const) {
    it(`is written as SAME where it is that, ${op}`, async function () {
      const model = convolution({ ...padded, op });
      const convolved = written(model).find((node) => node.op.includes('Conv'));
      expect(convolved?.attrs['padding']).to.deep.equal({ kind: 'string', value: 'SAME' });
      expect(opsOf(model)).not.to.include('Pad');
      await expectAnswers(this, model);
    });

    for (const [why, other] of [
      ['of an odd size', { places: [7, 8] }],
      ['of unknown size', { places: [8, -1] }],
      ['with more in front', { sides: [0, 0, 1, 0, 1, 0, 0, 0] }],
      ['with a wider window', { dilation: 2, stride: 1 }],
    ] as const) {
      it(`stays ${why}, ${op}`, async function () {
        const model = convolution({ ...padded, ...other, op });
        const isDepthwise = op !== '_FusedConv2D';
        expect(opsOf(model).includes('Pad')).to.equal(isDepthwise);
        const convolved = written(model).find((node) => node.op.includes('Conv'));
        expect(convolved?.attrs['padding']).to.deep.equal({
          kind: 'string',
          value: isDepthwise ? 'VALID' : 'EXPLICIT',
        });
        if (why !== 'of unknown size') await expectAnswers(this, model);
      });
    }
  }
});

describe('GELUs of what a Reshape has moved', () => {
  it('stand next to the product', async function () {
    const b = new GraphBuilder();
    const inputs = [
      b.input('x', [-1, 6]),
      b.constant('matrix', ...numbers(6, 8)),
      b.constant('bias', ...numbers(8)),
    ];
    const product = b.op('_FusedMatMul', inputs, {
      T: attr.type('float32'),
      num_args: attr.int(1),
      fused_ops: attr.strings(['BiasAdd']),
      transpose_a: attr.bool(false),
      transpose_b: attr.bool(false),
    });
    const moved = b.op('Reshape', [product, b.ints([-1, 2, 4])]);
    b.output(
      b.op('TfjsOptimizeGelu', [moved], { T: attr.type('float32'), approximate: attr.bool(false) }),
      'y',
    );
    // What its op computes outside of TensorFlow comes with this import.
    expect(fuseNorms().name).to.equal('wasm/fuse-norms');
    const model = b.build();
    const nodes = new Map(written(model).map((node) => [node.name, node]));
    const erf = [...nodes.values()].find(({ op }) => op === 'Erf');
    const scaled = nodes.get(nodeOf(erf?.inputs[0] as string));
    expect(nodes.get(nodeOf(scaled?.inputs[0] as string))?.op).to.equal('BiasAdd');
    await expectAnswers(this, model);
  });
});
