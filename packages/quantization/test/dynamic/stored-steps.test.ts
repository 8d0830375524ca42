import { GraphBuilder, Random, Weight, type Model, type ValueId } from '@tfjs-optimize/core';
import { quantizeDynamic } from '@tfjs-optimize/quantization';
import { opName } from '@tfjs-optimize/runtime';
import { expect } from 'chai';
import { activations, run } from './exact.js';

/*
 * Weights that a file holds as uint8 lie on whole steps: products in int8 need not move them. Steps are 1/8 and
 * activations whole, so that floats hold all sums and equality is exact.
 */

const STEP = 1 / 8;
const [ROWS, COLUMNS] = [16, 6];
const SHAPE = [3, ROWS];
const MATMUL = opName('DynamicMatMul');

/**
 * Steps of each weight of a matrix [16, 6] in a file whose byte for 0 is 60: two channels about 0, one from one end of
 * the bytes to the other, one far above 0, one of zeros, one that reaches a step too far.
 */
function steps(): number[] {
  const random = Random.of(3);
  const ends = [
    [-60, 60],
    [-20, 127],
    [-60, 195],
    [150, 190],
    [0, 0],
    [-10, 128],
  ] as const;
  return Array.from({ length: ROWS * COLUMNS }, (_, at) => {
    const [low, high] = ends[at % COLUMNS] as readonly [number, number];
    if (at < COLUMNS) return low;
    return at < 2 * COLUMNS ? high : low + random.integer(high - low + 1);
  });
}

/** A model of a weight `w` stored as uint8. */
function stored(build: (b: GraphBuilder, x: ValueId, w: ValueId) => ValueId, isTransposed = false): Model {
  const shape = isTransposed ? [COLUMNS, ROWS] : [ROWS, COLUMNS];
  const given = steps();
  const whole = isTransposed
    ? given.map((_, at) => given[(at % ROWS) * COLUMNS + Math.floor(at / ROWS)] as number)
    : given;
  const b = new GraphBuilder();
  const w = b.constant('w', new Float32Array(ROWS * COLUMNS), shape);
  const model = b.output(build(b, b.input('x', [-1, ROWS]), w)).build();
  const weight = Weight.stored(
    'float32',
    shape,
    { kind: 'affine', dtype: 'uint8', scale: STEP, min: -60 * STEP },
    Uint8Array.from(whole, (step) => step + 60),
  );
  return model.with({ weights: model.weights.with(new Map([['w', weight]])) });
}

const bias = (b: GraphBuilder): ValueId => b.constant('bias', [100, -200, 300, -400, 5, -600]);
const fused = (...ops: string[]): Record<string, number | string[]> => ({
  fused_ops: ['BiasAdd', ...ops],
  num_args: 1,
});
const MOVED = [MATMUL, 'Sum', 'Mul', 'AddV2'];

describe('quantizeDynamic: weights stored as uint8', () => {
  it('keeps every step of a matrix: numbers about 0 where they fit, else about the middle of a channel', async () => {
    const { model } = await quantizeDynamic(
      stored((b, x, w) => b.op('MatMul', [x, w])),
      { leastElements: 0 },
    );
    const numbersOf = (name: string): number[] => Array.from(model.weights.need(name).numbers());
    const [values, scales, offsets] = [numbersOf('w'), numbersOf('w/scale'), numbersOf('w/offset')];
    expect(scales).to.deep.equal(Array.from({ length: COLUMNS }, () => STEP));
    expect(offsets.map((value) => value / STEP + 0)).to.deep.equal([0, 0, 68, 170, 0, 59]);
    expect(Math.min(...values)).to.equal(-128);
    expect(Math.max(...values)).to.equal(127);
    const found = values.map((value, at) => value + (offsets[at % COLUMNS] as number) / STEP);
    expect(found).to.deep.equal(steps());
  });

  const forms: readonly {
    readonly what: string;
    readonly model: () => Model;
    readonly ops: readonly string[];
  }[] = [
    { what: 'MatMul', ops: MOVED, model: () => stored((b, x, w) => b.op('MatMul', [x, w])) },
    {
      ...{ what: 'MatMul with transpose_b', ops: MOVED },
      model: () => stored((b, x, w) => b.op('MatMul', [x, w], { transpose_b: true }), true),
    },
    {
      ...{ what: 'MatMul, BiasAdd and Relu apart', ops: [...MOVED, 'BiasAdd', 'Relu'] },
      model: () => stored((b, x, w) => b.op('Relu', [b.op('BiasAdd', [b.op('MatMul', [x, w]), bias(b)])])),
    },
    {
      ...{ what: '_FusedMatMul', ops: MOVED },
      model: () => stored((b, x, w) => b.op('_FusedMatMul', [x, w, bias(b)], fused())),
    },
    {
      ...{ what: '_FusedMatMul with Relu6', ops: [...MOVED, 'Relu6'] },
      model: () => stored((b, x, w) => b.op('_FusedMatMul', [x, w, bias(b)], fused('Relu6'))),
    },
    {
      ...{ what: '_FusedMatMul with LeakyRelu', ops: [...MOVED, 'LeakyRelu'] },
      model: () =>
        stored((b, x, w) =>
          b.op('_FusedMatMul', [x, w, bias(b)], { ...fused('LeakyRelu'), leakyrelu_alpha: 0.25 }),
        ),
    },
  ];
  for (const { what, model: make, ops } of forms) {
    it(`${what}: equal to the float product, exactly`, async () => {
      const model = make();
      const { model: quantized, notes } = await quantizeDynamic(model, { leastElements: 0 });
      const found = [...quantized.graph].map(({ op }) => op);
      expect(found.filter((op) => op !== 'Const' && op !== 'Placeholder')).to.have.members(ops);
      expect(notes.filter(({ kind }) => kind === 'did')).to.have.length(1);
      const x = activations(SHAPE, ROWS);
      expect(run(quantized, x, SHAPE)).to.deep.equal(run(model, x, SHAPE));
    });
  }

  it('takes a weight that two products share once, with what they add', async () => {
    const model = stored((b, x, w) =>
      b.op('AddV2', [b.op('MatMul', [x, w]), b.op('MatMul', [b.op('Relu', [x]), w])]),
    );
    const { model: quantized } = await quantizeDynamic(model, { leastElements: 0 });
    const names = [...quantized.weights].map(([name]) => name).filter((name) => name.startsWith('w'));
    expect(names.sort()).to.deep.equal(['w/offset', 'w/scale', 'w_1']);
    const x = activations(SHAPE, ROWS);
    expect(run(quantized, x, SHAPE)).to.deep.equal(run(model, x, SHAPE));
  });

  it('gives a channel of a convolution that reaches further than 127 steps a step of its own', async () => {
    const b = new GraphBuilder();
    const shape = [1, 1, 16, 6];
    const w = b.constant('w', new Float32Array(96), shape);
    const windows = { strides: [1, 1, 1, 1], padding: 'VALID', dilations: [1, 1, 1, 1] };
    const plain = b.output(b.op('Conv2D', [b.input('x', [-1, 2, 2, 16]), w], windows)).build();
    const encoding = { kind: 'affine', dtype: 'uint8', scale: STEP, min: -60 * STEP } as const;
    const bytes = Uint8Array.from(steps(), (step) => step + 60);
    const weight = Weight.stored('float32', shape, encoding, bytes);
    const model = plain.with({ weights: plain.weights.with(new Map([['w', weight]])) });
    const { model: quantized } = await quantizeDynamic(model, { leastElements: 0 });
    const scales = Array.from(quantized.weights.need('w/scale').numbers(), (scale) => scale / STEP);
    expect(scales[0]).to.equal(1);
    expect(scales[2]).to.be.closeTo(195 / 127, 1e-6);
    expect([...quantized.graph].some(({ op }) => op === 'Sum')).to.equal(false);
  });
});
