import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  getAttr,
  GraphBuilder,
  loadModel,
  modelDigest,
  Random,
  saveModel,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, tempFolder } from '@tfjs-optimize/testing';
import { calibrate, convertStatic, INT8_PORTS_KEY, quantizeStatic, rangesFact } from '../../src/index.js';

const normals = (random: Random, count: number, scale = 1): Float32Array =>
  Float32Array.from(
    { length: count },
    () => scale * (random.uniform() + random.uniform() + random.uniform() - 1.5),
  );

/** Builds layers with random weights by name. */
class Net {
  readonly b = new GraphBuilder();
  constructor(readonly random: Random) {}

  conv(
    x: ValueId,
    from: number,
    to: number,
    size: number,
    name: string,
    act?: 'Relu' | 'Relu6',
    stride = 1,
  ): ValueId {
    const w = this.b.constant(`${name}/kernel`, normals(this.random, size * size * from * to), [
      size,
      size,
      from,
      to,
    ]);
    const attrs = {
      strides: [1, stride, stride, 1],
      dilations: [1, 1, 1, 1],
      padding: 'SAME',
      data_format: 'NHWC',
    };
    return this.end(this.b.op('Conv2D', [x, w], attrs, `${name}/conv`), to, name, act);
  }

  depthwise(x: ValueId, channels: number, name: string, act?: 'Relu' | 'Relu6'): ValueId {
    const w = this.b.constant(`${name}/kernel`, normals(this.random, 9 * channels), [3, 3, channels, 1]);
    const attrs = { strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], padding: 'SAME', data_format: 'NHWC' };
    return this.end(this.b.op('DepthwiseConv2dNative', [x, w], attrs, `${name}/conv`), channels, name, act);
  }

  dense(x: ValueId, from: number, to: number, name: string): ValueId {
    const w = this.b.constant(`${name}/kernel`, normals(this.random, from * to), [from, to]);
    return this.end(this.b.op('MatMul', [x, w], {}, `${name}/product`), to, name);
  }

  pool(x: ValueId, op: 'MaxPool' | 'AvgPool', name: string): ValueId {
    return this.b.op(op, [x], { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'SAME' }, name);
  }

  private end(x: ValueId, channels: number, name: string, act?: string): ValueId {
    const bias = this.b.constant(`${name}/bias`, normals(this.random, channels, 0.2), [channels]);
    const biased = this.b.op('BiasAdd', [x, bias], {}, act === undefined ? name : `${name}/biased`);
    return act === undefined ? biased : this.b.op(act, [biased], {}, name);
  }
}

interface Sizes {
  readonly a: number;
  readonly b: number;
  readonly kernel: number;
}

/** Every kind of op that stays integer, once. */
function network(seed: number, { a, b, kernel }: Sizes): Model<'float'> {
  const net = new Net(Random.of(seed));
  const x = net.b.input('x', [-1, 8, 8, 3]);
  const first = net.conv(x, 3, a, kernel, 'first', 'Relu');
  const second = net.depthwise(first, a, 'second', 'Relu6');
  const sum = net.b.op('AddV2', [first, second], {}, 'sum');
  const third = net.conv(second, a, b, 1, 'third');
  const axis = net.b.ints(3, []);
  const joined = net.b.op('ConcatV2', [sum, third, axis], { N: 2 }, 'joined');
  const pooled = net.pool(joined, 'MaxPool', 'pooled');
  const fourth = net.conv(pooled, a + b, 4, 3, 'fourth', undefined, 2);
  const mean = net.b.op('Mean', [fourth, net.b.ints([1, 2])], { keep_dims: false }, 'mean');
  return net.b.output(net.dense(mean, 4, 5, 'scores')).build();
}

const input = (seed: number, shape: number[] = [4, 8, 8, 3]): tf.Tensor =>
  tf.tensor(
    normals(
      Random.of(seed),
      shape.reduce((p, q) => p * q, 1),
    ),
    shape,
  );

const rangesOf = (model: Model) => {
  const { values } = model.facts.need(rangesFact);
  return (value: ValueId) => values.get(value);
};

const ops = ({ graph }: Model): string[] =>
  [...graph]
    .map(({ op }) => op.replace('@tfjs-optimize/runtime.', '.'))
    .filter((op) => op !== 'Const' && op !== 'Placeholder');

const number = (model: Model, node: string, name: string): number =>
  Math.fround(getAttr(model.graph.need(node), name, 'float') ?? Number.NaN);

/**
 * How far values of the integer network may be from float ones, by node. Each result is rounded (half a step), by a
 * multiplier that is off by less (another half), and its range may end half a step early: 1.5 steps. Weights are off by
 * half a step each, biases by half a step of theirs.
 */
function bounds(model: Model, float: Model, most: ReadonlyMap<string, number>): Map<string, number> {
  const found = new Map<string, number>();
  const linear = (name: string, x: string): void => {
    const e = found.get(x) as number;
    const kernel = float.weights.need(`${name}/kernel`).numbers();
    const [, , scaleName] = model.graph.need(name === 'scores' ? 'scores/int8' : name).inputs as [
      string,
      string,
      string,
    ];
    const scales = model.weights.need(scaleName).numbers();
    const channels = scales.length;
    const sums = new Float64Array(channels);
    kernel.forEach((w, i) => (sums[i % channels] = (sums[i % channels] as number) + Math.abs(w)));
    const node = name === 'scores' ? 'scores/int8' : name;
    const [xs, ys] = [number(model, node, 'x_scale'), number(model, node, 'y_scale')];
    const each = sums.map((sum, c) => {
      const step = scales[c] as number;
      const terms = kernel.length / channels;
      return sum * e + (step / 2) * terms * ((most.get(x) as number) + e) + (xs * step) / 2;
    });
    found.set(name, Math.max(...each) + 1.5 * ys);
  };
  found.set('x', number(model, 'first', 'x_scale'));
  linear('first', 'x');
  linear('second', 'first');
  found.set(
    'sum',
    (found.get('first') as number) + (found.get('second') as number) + 1.5 * number(model, 'sum', 'y_scale'),
  );
  linear('third', 'second');
  found.set('joined', Math.max(found.get('sum') as number, found.get('third') as number));
  found.set('pooled', found.get('joined') as number);
  linear('fourth', 'pooled');
  found.set('mean', (found.get('fourth') as number) + 1.5 * number(model, 'mean', 'y_scale'));
  linear('scores', 'mean');
  return found;
}

describe('static int8', () => {
  before(() => tf.setBackend('cpu'));

  for (let seed = 1; seed <= 8; seed++) {
    const sizes = { a: 1 + (seed % 5), b: 1 + (seed % 3), kernel: 1 + (seed % 3) };
    it(`random network ${seed}: all integer, and within 1.5 steps a layer and half a step a weight of float`, async () => {
      const float = network(seed, sizes);
      const x = input(100 + seed);
      const calibrated = await calibrate(float, { data: x });
      const { model } = convertStatic(calibrated, rangesOf(calibrated), {
        scaleType: seed % 2 ? 'float32' : 'bfloat16',
      });
      expect(ops(model)).to.deep.equal([
        ...['.Quantize', '.Conv2D', '.DepthwiseConv2D', '.Add', '.Conv2D', 'ConcatV2', '.MaxPool', '.Conv2D'],
        ...['.Mean', '.MatMul', '.Dequantize'],
      ]);
      const most = new Map(
        [...calibrated.facts.need(rangesFact).values].map(([value, { min, max }]) => [
          value,
          Math.max(-min, max),
        ]),
      );
      const bound = bounds(model, float, most).get('scores') as number;
      const [[wanted], [got]] = [float.run(x), model.run(x)] as [[tf.Tensor], [tf.Tensor]];
      const error = tf.tidy(() => tf.max(tf.abs(tf.sub(wanted, got))).dataSync()[0] as number);
      expect(error).to.be.at.most(bound);
      expect(error, 'an integer model that is float after all').to.be.above(0);
      tf.dispose([x, wanted, got]);
      float.dispose();
      model.dispose();
    });
  }

  it('values that are only moved have one scale: nothing is requantized around concat and pooling', async () => {
    const float = network(3, { a: 3, b: 2, kernel: 3 });
    const calibrated = await calibrate(float, { data: tf.tidy(() => input(7)) });
    const { model } = convertStatic(calibrated, rangesOf(calibrated));
    const scale = number(model, 'fourth', 'x_scale');
    expect(number(model, 'sum', 'y_scale')).to.equal(scale);
    expect(number(model, 'third', 'y_scale')).to.equal(scale);
    // That of both ranges together.
    const { values } = calibrated.facts.need(rangesFact);
    const ends = ['sum', 'third', 'joined', 'pooled'].map(
      (value) => values.get(value) as { min: number; max: number },
    );
    const width = Math.max(...ends.map(({ max }) => max)) - Math.min(0, ...ends.map(({ min }) => min));
    expect(scale).to.be.closeTo(width / 255, 1e-6 * width);
  });

  it('an op without an integer form is an island: one conversion into it and one out, noted once', async () => {
    const net = new Net(Random.of(5));
    const x = net.b.input('x', [-1, 4, 4, 2]);
    const first = net.conv(x, 2, 2, 1, 'first', 'Relu');
    const lrn = net.b.op('LRN', [first], { depth_radius: 2, bias: 1, alpha: 1, beta: 0.5 }, 'lrn');
    const again = net.b.op('LRN', [lrn], { depth_radius: 2, bias: 1, alpha: 1, beta: 0.5 }, 'again');
    const relu = net.b.op('AddV2', [again, again], {}, 'double');
    const model = net.b.output(net.conv(relu, 2, 2, 1, 'last')).build();
    const calibrated = await calibrate(model, { data: tf.tidy(() => input(1, [2, 4, 4, 2])) });
    const result = convertStatic(calibrated, rangesOf(calibrated));
    expect(ops(result.model)).to.deep.equal([
      ...[
        '.Quantize',
        '.Conv2D',
        '.Dequantize',
        'LRN',
        'LRN',
        'AddV2',
        '.Quantize',
        '.Conv2D',
        '.Dequantize',
      ],
    ]);
    expect(result.notes.filter(({ message }) => message.startsWith('LRN'))).to.have.length(1);
  });

  it('layers that are left out stay float, by name, by predicate and by what is included', async () => {
    const float = network(2, { a: 2, b: 2, kernel: 1 });
    const calibrated = await calibrate(float, { data: tf.tidy(() => input(2)) });
    const convert = (options: Parameters<typeof convertStatic>[2]): string[] =>
      ops(convertStatic(calibrated, rangesOf(calibrated), options).model);
    expect(convert({ exclude: ['second'] })).to.include('DepthwiseConv2dNative');
    expect(convert({ exclude: (node) => node.op === 'MatMul' })).to.include('MatMul');
    expect(convert({ include: ['scores'] }).filter((op) => /Conv2D$|MatMul/.test(op))).to.deep.equal([
      ...['Conv2D', 'Conv2D', 'Conv2D', '.MatMul'],
    ]);
    await expectCode('quantization/layer', () => convert({ exclude: ['secnd'] }));
  });

  it('int8 inputs and outputs: int32 tensors, and their parameters in the metadata', async () => {
    const float = network(4, { a: 2, b: 2, kernel: 3 });
    const x = input(3);
    const calibrated = await calibrate(float, { data: x });
    const [inner] = convertStatic(calibrated, rangesOf(calibrated)).model.run(x) as [tf.Tensor];
    const { model } = convertStatic(calibrated, rangesOf(calibrated), { io: 'int8' });
    expect(ops(model)).not.to.include('.Quantize').and.not.to.include('.Dequantize');
    const ports = model.extras.userDefinedMetadata?.[INT8_PORTS_KEY] as Record<
      'inputs' | 'outputs',
      Record<string, { scale: number; zeroPoint: number }>
    >;
    const from = ports.inputs['x'] as { scale: number; zeroPoint: number };
    const to = ports.outputs['scores'] as { scale: number; zeroPoint: number };
    const whole = Int32Array.from(x.dataSync(), (v) =>
      Math.min(127, Math.max(-128, Math.round(Math.fround(v / from.scale)) + from.zeroPoint)),
    );
    const [y] = tf.tidy(() => model.run(tf.tensor(whole, x.shape, 'int32'))) as [tf.Tensor];
    expect(y.dtype).to.equal('int32');
    expect(Array.from(y.dataSync(), (q) => Math.fround((q - to.zeroPoint) * to.scale))).to.deep.equal([
      ...inner.dataSync(),
    ]);
    tf.dispose([x, y, inner]);
  });

  it('functions of one value become one table: hard swish of three ops, and the names of outputs stay', async () => {
    const net = new Net(Random.of(6));
    const first = net.conv(net.b.input('x', [-1, 4, 4, 2]), 2, 3, 1, 'first');
    const { b } = net;
    const gate = b.op('Relu6', [b.op('AddV2', [first, b.constant('three', 3)])]);
    const swish = b.op('Mul', [b.op('Mul', [first, gate]), b.constant('sixth', 1 / 6)], {}, 'swish');
    const model = b.output(net.conv(swish, 3, 2, 1, 'last'), 'answer').build();
    const x = input(9, [2, 4, 4, 2]);
    const calibrated = await calibrate(model, { data: x });
    const result = convertStatic(calibrated, rangesOf(calibrated)).model;
    expect(ops(result)).to.deep.equal(['.Quantize', '.Conv2D', '.Table', '.Conv2D', '.Dequantize']);
    expect(result.signature.outputs).to.deep.equal(model.signature.outputs);
    const [wanted] = model.run(x) as [tf.Tensor];
    const [got] = result.run(x) as [tf.Tensor];
    const error = tf.tidy(() => tf.max(tf.abs(tf.sub(wanted, got))).dataSync()[0] as number);
    const most = tf.tidy(() => tf.max(tf.abs(wanted)).dataSync()[0] as number);
    expect(error).to.be.at.most(most / 20);
    tf.dispose([x, wanted, got]);
  });

  it('ReLU beside values below 0 of the same scale: it clamps at the zero point', async () => {
    const net = new Net(Random.of(8));
    const x = net.b.input('x', [-1, 4, 4, 2]);
    const parts = [net.conv(x, 2, 2, 1, 'above', 'Relu'), net.conv(x, 2, 2, 1, 'both'), net.b.ints(3, [])];
    const model = net.b.output(net.b.op('ConcatV2', parts, { N: 2 }, 'joined')).build();
    const calibrated = await calibrate(model, { data: tf.tidy(() => input(2, [2, 4, 4, 2])) });
    const node = convertStatic(calibrated, rangesOf(calibrated)).model.graph.need('above');
    expect(getAttr(node, 'clamp_min', 'int')).to.equal(getAttr(node, 'y_zero_point', 'int'));
    expect(getAttr(node, 'clamp_min', 'int')).to.be.above(-128);
  });

  it('parts of a split have the scale of the whole: nothing is requantized', async () => {
    const net = new Net(Random.of(9));
    const first = net.conv(net.b.input('x', [-1, 4, 4, 2]), 2, 4, 1, 'first');
    const split = net.b.op('Split', [net.b.ints(3, []), first], { num_split: 4 }, 'split');
    const sum = net.b.op('AddV2', [net.b.out(split, 1), net.b.out(split, 3)], {}, 'sum');
    const model = net.b.output(net.conv(sum, 1, 2, 1, 'last')).build();
    const calibrated = await calibrate(model, { data: tf.tidy(() => input(2, [2, 4, 4, 2])) });
    const { graph } = convertStatic(calibrated, rangesOf(calibrated)).model;
    const [a, b] = ['a_scale', 'b_scale'].map((name) => getAttr(graph.need('sum'), name, 'float'));
    expect(a).to.equal(b);
    expect(a).to.equal(getAttr(graph.need('first'), 'y_scale', 'float'));
  });

  it('an op that computes little between float ops stays float where that saves a conversion', async () => {
    const net = new Net(Random.of(10));
    const x = net.b.input('x', [-1, 4, 4, 2]);
    const lrn = { depth_radius: 2, bias: 1, alpha: 1, beta: 0.5 };
    const sum = net.b.op('AddV2', [net.conv(x, 2, 2, 1, 'first'), net.b.op('LRN', [x], lrn)], {}, 'sum');
    const model = net.b.output(net.b.op('LRN', [sum], lrn, 'last')).build();
    const calibrated = await calibrate(model, { data: tf.tidy(() => input(2, [2, 4, 4, 2])) });
    expect(ops(convertStatic(calibrated, rangesOf(calibrated)).model).sort()).to.deep.equal(
      ['.Quantize', '.Conv2D', '.Dequantize', 'AddV2', 'LRN', 'LRN'].sort(),
    );
  });

  it('edges: a channel of zeros, a bias far above its products, activations that are constant', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 2]);
    const kernel = b.constant('w', Float32Array.of(0, 1e-9, 1, 0, -1e-9, 0.5), [2, 3]);
    const product = b.op('BiasAdd', [b.op('MatMul', [x, kernel]), b.constant('c', [3, 2, 0.5])], {}, 'y');
    const model = b.output(b.op('Relu', [product], {}, 'z')).build();
    const data = tf.tensor([1, 1, 1, 1], [2, 2]);
    const calibrated = await calibrate(model, { data });
    const result = convertStatic(calibrated, rangesOf(calibrated)).model;
    const [got] = result.run(data) as [tf.Tensor];
    const step = 3 / 255;
    const wanted = [3, 2, 2];
    got
      .dataSync()
      .forEach((value, i) => expect(Math.abs(value - (wanted[i % 3] as number))).to.be.at.most(2 * step));
    tf.dispose([data, got]);
  });

  it('the same bits everywhere: a digest of the model and of what it computes', async () => {
    const float = network(11, { a: 4, b: 3, kernel: 3 });
    const x = input(12);
    const { model } = await quantizeStatic(float, { data: x, correctBias: false });
    const q = [model.run(x)].flat()[0] as tf.Tensor;
    const scale = number(model, 'scores', 'scale');
    const whole = Array.from(q.dataSync(), (value) => Math.round(value / scale));
    expect({ model: modelDigest(model).slice(0, 16), whole: whole.join() }).to.deep.equal(DIGEST);
    tf.dispose([x, q]);
  });

  it('saved and loaded, it computes the same', async () => {
    const float = network(13, { a: 3, b: 2, kernel: 3 });
    const x = input(14);
    const { model, after, before } = await quantizeStatic(float, { data: x });
    expect(after).to.be.above(0).and.to.not.equal(before);
    const folder = tempFolder();
    await saveModel(model, `${folder}/int8`);
    const loaded = await loadModel(`${folder}/int8/model.json`);
    expect(loaded.stage).to.equal('integer');
    const [[a], [b]] = [model.run(x), loaded.run(x)] as [[tf.Tensor], [tf.Tensor]];
    expect([...b.dataSync()]).to.deep.equal([...a.dataSync()]);
    tf.dispose([x, a, b]);
  });

  it('nothing to make integer: the very model given, and a warning', async () => {
    const float = network(1, { a: 2, b: 2, kernel: 1 });
    const x = input(1);
    const result = await quantizeStatic(float, { data: x, exclude: () => true });
    expect(result.model).to.equal(float);
    expect(result.after).to.equal(result.before);
    expect(result.text()).to.include('warning: nothing became integer');
    x.dispose();
  });

  it('bad input: no data, another shape, NaN, weights that are not finite, a model that is integer; nothing leaks', async () => {
    const float = network(1, { a: 2, b: 2, kernel: 1 });
    const x = input(1);
    const nan = tf.fill([1, 8, 8, 3], Number.NaN);
    const small = input(1, [1, 4, 4, 1]);
    await expectNoLeak(async () => {
      await expectCode('argument/invalid', () => quantizeStatic(float, undefined as never));
      await expectCode('argument/invalid', () => quantizeStatic(float, { data: x, io: 'uint8' as 'int8' }));
      await expectCode('argument/invalid', () => quantizeStatic(float, { data: x, excludes: [] } as never));
      await expectCode('argument/invalid', () =>
        convertStatic(float, () => undefined, { io: 'int' as 'int8' }),
      );
      await expectCode('quantization/data', () => quantizeStatic(float, {} as never));
      await expectCode('quantization/data', () => quantizeStatic(float, { data: [] }));
      await expectCode('quantization/data', () => quantizeStatic(float, { data: nan }));
      await expectCode('model/input', () => quantizeStatic(float, { data: small }));
      const { model } = await quantizeStatic(float, { data: x });
      await expectCode('model/stage', () => quantizeStatic(model, { data: x }));
    });
    tf.dispose([x, nan, small]);
  });
});

const DIGEST = {
  model: '7a16d222ac990261',
  whole: '135,59,82,-119,54,52,38,43,-73,21,130,48,72,-94,64,123,57,76,-106,58',
};
