import { Random } from '@tfjs-optimize/core';
import '@tfjs-optimize/wasm/integer';
import { opName } from '@tfjs-optimize/runtime/format';
import { ACTIVATIONS, INTEGER_OPS, referenceKernel } from '@tfjs-optimize/runtime/reference';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { sizeOf } from '../../src/reference/values.js';
import type { Engine } from '../../src/engine/engine.js';
import { chooseForm } from '../../src/integer/integer-form.js';
import { runSingle } from '../../src/integer/single.js';
import { eachForm } from '../support/integers.js';
import { useEngine } from '../support/tester.js';

const MODES = ['row', 'tensor'] as const;

/** Values of an input: floats, or int8 weights, which go in as bytes of a bool tensor. */
interface Given {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array;
}

/** Floats of a seed: of one magnitude, or of many. */
function floats(random: Random, shape: readonly number[], spread = 0): Given {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    const value = random.normal() + 0.3;
    return value * 2 ** (spread * (random.uniform() - 0.5));
  });
  return { shape, data };
}

/** Weights over all of int8 from -largest - 1 to largest. */
function weightsUpTo(largest: number, random: Random, shape: readonly number[]): Given {
  const count = 2 * largest + 2;
  const data = Int8Array.from(
    { length: sizeOf(shape) },
    () => Math.floor(random.uniform() * count) - largest - 1,
  );
  return { shape, data };
}

const scalesOf = (random: Random, size: number): Given => ({
  shape: [size],
  data: Float32Array.from({ length: size }, (_, i) => (i === 1 ? 0 : random.uniform() / 50)),
});

function tensorOf({ shape, data }: Given): tf.Tensor {
  if (data instanceof Float32Array) return tf.tensor(data, [...shape], 'float32');
  return tf.tensor(new Uint8Array(data.buffer), [...shape], 'bool');
}

describe('dynamic products in whole numbers, bit for bit as their references', () => {
  let engine: Engine;
  before(async () => (engine = await useEngine()));

  /** What ours and the reference give; ours must have run. */
  function both(name: string, given: Readonly<Record<string, Given>>, attrs: tf.NamedAttrMap) {
    const op = INTEGER_OPS.find((each) => each.name === name);
    if (op === undefined) throw new Error(`expected an op, got ${name}`);
    const inputs = Object.fromEntries(Object.entries(given).map(([key, one]) => [key, tensorOf(one)]));
    try {
      const ours = engine.attempt(() => runSingle(engine, op, inputs, attrs));
      if (ours === undefined) throw new Error(`${name}: expected our kernel to run, got that it declined`);
      const wanted = referenceKernel(op)({ inputs, attrs, backend: tf.backend() }) as tf.Tensor;
      const [got, right] = [ours, wanted].map(({ dataId, shape, dtype }) => {
        return { shape, dtype, data: (tf.backend().readSync(dataId) as Float32Array).slice() };
      });
      tf.backend().disposeData(ours.dataId);
      wanted.dispose();
      return { got, right } as const;
    } finally {
      tf.dispose(inputs);
    }
  }

  function same(name: string, given: Readonly<Record<string, Given>>, attrs: tf.NamedAttrMap): Float32Array {
    const before = tf.memory().numTensors;
    const { got, right } = both(name, given, attrs);
    expect(tf.memory().numTensors, 'tensors').to.equal(before);
    const what = `${name} ${JSON.stringify(attrs)} on ${JSON.stringify(Object.values(given).map(({ shape }) => shape))}`;
    expect(got?.shape, what).to.deep.equal(right?.shape);
    expect(got?.dtype, what).to.equal('float32');
    for (const [i, value] of right?.data.entries() ?? []) {
      if (!Object.is(got?.data[i], value))
        expect.fail(`${what}: expected ${value} at ${i}, got ${got?.data[i]}`);
    }
    return got?.data as Float32Array;
  }

  /** What weights may be for the form that runs. */
  let largest = 127;
  const weights = (random: Random, shape: readonly number[]): Given => weightsUpTo(largest, random, shape);

  function everyWay(test: (attrs: tf.NamedAttrMap) => void): void {
    eachForm((tried) => {
      const undo = chooseForm(engine, tried.form);
      // The least is one below.
      largest = tried.largest === 127 ? 127 : tried.largest - 1;
      try {
        for (const activation of ACTIVATIONS) for (const mode of MODES) test({ activation, mode });
      } finally {
        undo();
        largest = 127;
      }
    });
  }

  const open = { clamp_min: -Infinity, clamp_max: Infinity };

  /** Around the rows of a tile and those that panels are widened for, the columns of a panel and the numbers of a lane and a vector. */
  const ROWS = [1, 5, 6, 7, 12, 13, 23, 24, 25];
  const INNER = [1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 33];
  const COLUMNS = [1, 3, 7, 8, 9, 16, 21];

  it('DynamicMatMul below, at, above and at multiples of every block', () => {
    const random = Random.of(1);
    const pick = (list: readonly number[], i: number): number => list[i % list.length] as number;
    everyWay((way) => {
      for (let i = 0; i < 77; i++) {
        const [m, k, n] = [pick(ROWS, i), pick(INNER, i), pick(COLUMNS, i)];
        const isOne = i % 5 === 0;
        const given = {
          x: floats(random, i % 3 === 0 ? [2, m, k] : [m, k], i % 4 === 0 ? 30 : 2),
          w: weights(random, [k, n]),
          scales: scalesOf(random, isOne ? 1 : n),
          ...(i % 2 === 0 && { bias: floats(random, [n]) }),
        };
        const bounds = i % 7 === 0 ? { clamp_min: 0, clamp_max: 1.5 } : open;
        same('DynamicMatMul', given, { ...way, ...bounds });
      }
    });
  });

  it('DynamicMatMul over several blocks of rows, and a long row', () => {
    const random = Random.of(2);
    everyWay((way) => {
      for (const [m, k, n] of [
        [131, 770, 9],
        [1, 4099, 17],
      ] as const) {
        const w = weights(random, [k, n]);
        const given = {
          x: floats(random, [m, k], 4),
          w,
          scales: scalesOf(random, n),
          bias: floats(random, [n]),
        };
        same('DynamicMatMul', given, { ...way, ...open });
      }
    });
  });

  it('the largest sums, of extreme weights and values', () => {
    everyWay((way) => {
      for (const k of [1, 2, 511, 513, 20000]) {
        const x = Float32Array.from({ length: 2 * k }, (_, i) => (i < k ? 1 : i % 2 ? 3.4e38 : -3.4e38));
        const w = Int8Array.from({ length: 2 * k }, (_, i) => (i % 2 ? -largest - 1 : largest));
        const scales = { shape: [1], data: Float32Array.of(1) };
        same(
          'DynamicMatMul',
          { x: { shape: [2, k], data: x }, w: { shape: [k, 2], data: w }, scales },
          { ...way, ...open },
        );
      }
    });
  });

  /** Rows whose range is odd. */
  const ODD: Readonly<Record<string, (i: number) => number>> = {
    'nothing but 0': () => 0,
    'nothing but -0': () => -0,
    'positive alone': (i) => 1 + i,
    'negative alone': (i) => -1 - i,
    'one value': () => 0.7,
    'halves between steps': (i) => (i === 0 ? 255 : i % 2 ? 0.5 + i : i - 0.5),
    'numbers too small for a step': (i) => (i % 2 ? 1e-45 : -3e-45),
    'subnormal numbers': (i) => (i - 4) * 1e-41,
    'a range beyond float32': (i) => (i % 2 ? 3.4e38 : -3.4e38),
    'steps below the least': (i) => i * 1e-5,
    NaN: (i) => (i === 3 ? NaN : i),
    infinity: (i) => (i === 9 ? Infinity : i),
    'negative infinity': (i) => (i === 0 ? -Infinity : i),
  };

  for (const [name, value] of Object.entries(ODD)) {
    it(`rows of ${name}, beside others`, () => {
      const random = Random.of(3);
      everyWay((way) => {
        const [k, n] = [11, 9];
        const x = floats(random, [8, k]);
        for (let i = 0; i < k; i++) x.data[3 * k + i] = value(i);
        const w = weights(random, [k, n]);
        const scales = scalesOf(random, n);
        const y = same('DynamicMatMul', { x, w, scales, bias: floats(random, [n]) }, { ...way, ...open });
        same('DynamicMatMul', { x, w, scales }, { ...way, ...open });
        const image = { shape: [2, 2, 2, k], data: x.data };
        const filter = weights(random, [2, 1, k, n]);
        same('DynamicConv2D', { x: image, filter, scales }, { ...way, ...open, ...PLACED });
        const own = { filter: weights(random, [2, 2, k, 1]), scales: scalesOf(random, k) };
        same('DynamicDepthwiseConv2D', { x: image, ...own }, { ...way, ...open, ...PLACED });
        const b = floats(random, [n, k]);
        same('DynamicBatchMatMul', { a: x, b }, { ...way, adj_x: false, adj_y: true });
        same('DynamicBatchMatMul', { a: b, b: x }, { ...way, adj_x: false, adj_y: true });
        const nans = y.slice(3 * n, 4 * n).every(Number.isNaN);
        expect(nans).to.equal(!Array.from({ length: k }, (_, i) => value(i)).every(Number.isFinite));
      });
    });
  }

  const PLACED = {
    strides: [1, 1, 1, 1],
    dilations: [1, 1, 1, 1],
    padding: 'SAME',
    explicit_paddings: [0, 0, 0, 0, 0, 0, 0, 0],
  };

  /** Strides, dilations and paddings by number. */
  function placed(i: number): tf.NamedAttrMap {
    const padding = ['SAME', 'VALID', 'EXPLICIT'][i % 3] as string;
    return {
      strides: [1, 1 + (i % 2), 1 + ((i >> 1) % 3), 1],
      dilations: [1, 1 + ((i >> 2) % 2), 1 + (i % 2), 1],
      padding,
      explicit_paddings: padding === 'EXPLICIT' ? [0, 0, 1, 2, 3, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 0],
    };
  }

  it('DynamicConv2D with strides, dilations, every padding and groups', () => {
    const random = Random.of(4);
    everyWay((way) => {
      for (let i = 0; i < 40; i++) {
        const [kh, kw] = [1 + (i % 3), 1 + ((i >> 1) % 3)];
        const groups = i % 4 === 3 ? 2 : 1;
        const [own, outputs] = [1 + (i % 9), groups * (1 + (i % 11))];
        const given = {
          x: floats(random, [1 + (i % 2), 5 + (i % 4), 5 + (i % 3), own * groups], 4),
          filter: weights(random, [kh, kw, own, outputs]),
          scales: scalesOf(random, i % 5 === 0 ? 1 : outputs),
          ...(i % 2 === 0 && { bias: floats(random, [outputs]) }),
        };
        const bounds = i % 7 === 0 ? { clamp_min: 0, clamp_max: 6 } : open;
        same('DynamicConv2D', given, { ...way, ...bounds, ...placed(i) });
      }
      const filter = weights(random, [1, 1, 19, 20]);
      const scales = scalesOf(random, 20);
      same(
        'DynamicConv2D',
        { x: floats(random, [2, 9, 7, 19]), filter, scales },
        { ...way, ...open, ...PLACED },
      );
      const wide = weights(random, [3, 3, 64, 9]);
      const x = floats(random, [1, 15, 14, 64]);
      same('DynamicConv2D', { x, filter: wide, scales: scalesOf(random, 9) }, { ...way, ...open, ...PLACED });
    });
  });

  it('DynamicDepthwiseConv2D with one and more filters for each channel', () => {
    const random = Random.of(5);
    everyWay((way) => {
      for (let i = 0; i < 36; i++) {
        const [kh, kw] = [1 + (i % 3), 1 + ((i >> 1) % 3)];
        const channels = [1, 3, 7, 8, 9, 16, 17, 24][i % 8] as number;
        const multiplier = i % 5 === 4 ? 1 + (i % 3) : 1;
        const outputs = channels * multiplier;
        const given = {
          x: floats(random, [1 + (i % 2), 5 + (i % 4), 5 + (i % 3), channels], 4),
          filter: weights(random, [kh, kw, channels, multiplier]),
          scales: scalesOf(random, i % 5 === 0 ? 1 : outputs),
          ...(i % 2 === 0 && { bias: floats(random, [outputs]) }),
        };
        const bounds = i % 7 === 0 ? { clamp_min: 0, clamp_max: 6 } : open;
        same('DynamicDepthwiseConv2D', given, { ...way, ...bounds, ...placed(i) });
      }
    });
  });

  it('DynamicBatchMatMul, transposed or not, with batches broadcast', () => {
    const random = Random.of(6);
    const BATCHES = [
      [[], []],
      [[3], [3]],
      [
        [2, 1],
        [1, 3],
      ],
      [[1], [4]],
      [[2, 2], []],
    ] as const;
    everyWay((way) => {
      for (let i = 0; i < 60; i++) {
        const [m, k, n] = [ROWS[i % 6], INNER[i % 11], COLUMNS[i % 7]] as [number, number, number];
        const [left, right] = BATCHES[i % 5] as (typeof BATCHES)[number];
        const [adj_x, adj_y] = [i % 2 === 1, i % 4 > 1];
        const a = floats(random, [...left, ...(adj_x ? [k, m] : [m, k])], 3);
        const b = floats(random, [...right, ...(adj_y ? [n, k] : [k, n])], 3);
        same('DynamicBatchMatMul', { a, b }, { ...way, adj_x, adj_y });
      }
    });
  });

  it('does not grow over 1000 calls', () => {
    const random = Random.of(7);
    const inputs = { x: floats(random, [7, 33]), w: weights(random, [33, 9]), scales: scalesOf(random, 9) };
    const given = Object.fromEntries(Object.entries(inputs).map(([name, one]) => [name, tensorOf(one)]));
    const attrs = { activation: 'uint8', mode: 'row', ...open };
    const call = (): void => {
      const info = tf.engine().runKernel<tf.Tensor>(opName('DynamicMatMul'), given, attrs);
      info.dispose();
    };
    for (let i = 0; i < 10; i++) call();
    const [tensors, bytes] = [tf.memory().numTensors, engine.memory.buffer.byteLength];
    for (let i = 0; i < 1000; i++) call();
    expect(tf.memory().numTensors).to.equal(tensors);
    expect(engine.memory.buffer.byteLength).to.equal(bytes);
    tf.dispose(given);
  });

  it('gives packed weights back with their tensor', () => {
    const { wasm } = engine.backend;
    const [malloc, free] = [wasm._malloc, wasm._free];
    const held = new Set<number>();
    wasm._malloc = (bytes) => {
      const address = malloc(bytes);
      held.add(address);
      return address;
    };
    wasm._free = (address) => {
      held.delete(address);
      free(address);
    };
    try {
      const random = Random.of(8);
      const run = (): void => {
        const given = {
          x: floats(random, [7, 600]),
          w: weights(random, [600, 500]),
          scales: scalesOf(random, 500),
        };
        both('DynamicMatMul', given, { activation: 'uint8', mode: 'row', ...open });
      };
      run();
      const after = held.size;
      for (let i = 0; i < 20; i++) run();
      expect(held.size).to.equal(after);
    } finally {
      Object.assign(wasm, { _malloc: malloc, _free: free });
    }
  });
});
