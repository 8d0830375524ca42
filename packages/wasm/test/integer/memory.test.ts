import '@tfjs-optimize/wasm/integer';
import { toArtifacts, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { StockBackend } from '../../src/engine/stock.js';
import { lowerIntegers } from '../../src/integer/regions/lower.js';
import { regionsKept } from '../../src/integer/regions/op.js';
import { IntegerGraph, PAIR } from '../support/integer-graphs.js';
import { Meter } from '../support/meter.js';
import { engineInUse } from '../support/integers.js';
import { uniform } from '../support/numbers.js';
import { useEngine } from '../support/tester.js';

/** 100 × 100 weights twice, in one region. */
function model(seed: number): Model {
  const g = new IntegerGraph(seed);
  const hidden = g.dense(g.quantized(g.builder.input('x', [-1, 100])), 100, 100);
  g.output(g.dequantized(g.dense(hidden, 100, 100)), 'y');
  return g.build();
}

function run(given: Model, x: tf.Tensor): number[] {
  return tf.tidy(() => Array.from((given.run(x)[0] as tf.Tensor).dataSync()));
}

describe('memory of regions of integer ops', () => {
  let meter: Meter;
  let x: tf.Tensor;

  beforeEach(async () => {
    await useEngine();
    x = tf.tensor(uniform([3, 100], 1), [3, 100]);
    meter = new Meter(tf.backend() as unknown as StockBackend);
  });
  afterEach(() => {
    meter.stop();
    x.dispose();
  });

  it('does not grow over 1000 calls', () => {
    const given = model(1);
    run(given, x);
    const [bytes, heap, tensors] = [meter.bytes, meter.heap, tf.memory().numTensors];
    for (let i = 0; i < 1000; i++) run(given, x);
    expect(meter.bytes, 'bytes held').to.equal(bytes);
    expect(meter.heap, 'size of the heap').to.equal(heap);
    expect(tf.memory().numTensors).to.equal(tensors);
    given.dispose();
  });

  it('comes back when models are disposed of, 50 of them', () => {
    const first = model(0);
    run(first, x);
    first.dispose();
    const [bytes, tensors] = [meter.bytes, tf.memory().numTensors];
    const models = Array.from({ length: 50 }, (_, i) => model(i));
    for (const one of models) run(one, x);
    expect(meter.bytes - bytes, 'held by 50 models').to.be.above(50 * 2 * 100 * 100);
    for (const one of models) one.dispose();
    expect(meter.bytes, 'bytes held').to.equal(bytes);
    expect(tf.memory().numTensors).to.equal(tensors);
  });

  /** Bytes that a model holds between its calls, without what all share for a call. */
  function heldBy(given: Model): number {
    run(given, x);
    given.dispose();
    const scratch = meter.bytes;
    run(given, x);
    const held = meter.bytes - scratch;
    given.dispose();
    return held;
  }

  const WEIGHTS = 2 * 100 * 100;

  it('weights take less than 30 % of what they take as floats', () => {
    expect(heldBy(model(2)))
      .to.be.below(0.3 * 4 * WEIGHTS + 2 * 13 * 232)
      .and.above(WEIGHTS);
  });

  it('weights of dynamic products take less than 30 %, too', () => {
    const g = new IntegerGraph(6);
    const hidden = g.dynamic(g.builder.input('x', [-1, 100]), 100, 100);
    g.output(g.dynamic(hidden, 100, 100), 'y');
    expect(heldBy(g.build()))
      .to.be.below(0.3 * 4 * WEIGHTS + 2 * 13 * 96)
      .and.above(WEIGHTS);
  });

  it('a model that was disposed of runs again', () => {
    const given = model(3);
    const wanted = run(given, x);
    given.dispose();
    expect(run(given, x)).to.deep.equal(wanted);
    given.dispose();
  });

  it('does not grow while it is too full for what is packed', () => {
    const given = model(5);
    const wanted = run(given, x);
    given.dispose();
    const { wasm } = tf.backend() as unknown as StockBackend;
    const { _malloc } = wasm;
    // Weights fit, what is kept of their 13 panels of columns does not.
    Object.assign(wasm, { _malloc: (bytes: number) => (bytes === 13 * 232 ? 0 : _malloc(bytes)) });
    try {
      expect(run(given, x)).to.deep.equal(wanted);
      const bytes = meter.bytes;
      for (let i = 0; i < 3; i++) expect(run(given, x)).to.deep.equal(wanted);
      expect(meter.bytes, 'bytes held').to.equal(bytes);
    } finally {
      Object.assign(wasm, { _malloc });
    }
    given.dispose();
  });

  it('does not grow with shapes that come by turns, whose results stay exact', async () => {
    const g = new IntegerGraph(6);
    const image = g.builder.input('x', [-1, -1, -1, 3]);
    const hidden = g.conv(g.conv(g.quantized(image), [3, 3, 3, 16]), [3, 3, 16, 9]);
    g.output(g.dequantized(hidden), 'y');
    const given = g.build();
    const shapes = [1, 4, 2].flatMap((batch) => [7, 24, 1, 12].map((side) => [batch, side, side + 1, 3]));
    const inputs = shapes.map((shape, i) => tf.tensor(uniform(shape, i), shape));
    const round = (): number[][] => inputs.map((one) => run(given, one));
    const first = round();
    const [bytes, heap] = [meter.bytes, meter.heap];
    for (let i = 0; i < 3; i++) expect(round()).to.deep.equal(first);
    expect(meter.bytes, 'bytes held').to.equal(bytes);
    expect(meter.heap, 'size of the heap').to.equal(heap);
    given.dispose();
    const values = inputs.map((one) => one.dataSync().slice());
    tf.dispose(inputs);
    await tf.setBackend('cpu');
    const wanted = values.map((data, i) => {
      const one = tf.tensor(data, shapes[i]);
      const found = run(given, one);
      one.dispose();
      return found;
    });
    expect(first).to.deep.equal(wanted);
    given.dispose();
    await tf.setBackend('wasm');
  });

  it('does not grow with every length of a product of two values', () => {
    const g = new IntegerGraph(7);
    const q = g.quantized(g.builder.input('x', [-1, -1, 100]));
    g.output(g.dequantized(g.op('BatchMatMul', [q, q], { ...PAIR, adj_y: true })), 'y');
    const given = g.build();
    const rows = (from: number, to: number): void => {
      for (let i = to; i >= from; i--) {
        const one = tf.ones([1, i, 100]);
        run(given, one);
        one.dispose();
      }
    };
    rows(20, 40);
    const { bytes } = meter;
    rows(1, 19);
    expect(meter.bytes, 'bytes held').to.equal(bytes);
    given.dispose();
  });

  it('does not grow with inputs that are refused', () => {
    const g = new IntegerGraph(8);
    g.output(g.dense(g.builder.input('x', [-1, 100], 'int32'), 100, 100), 'y', 'int32');
    const given = g.build();
    const wrong = tf.fill([3, 100], 300, 'int32');
    expect(() => run(given, wrong)).to.throw(/int8|-128/);
    const [bytes, ids] = [meter.bytes, tf.backend().numDataIds()];
    for (let i = 0; i < 20; i++) expect(() => run(given, wrong)).to.throw();
    expect(meter.bytes, 'bytes held').to.equal(bytes);
    expect(tf.backend().numDataIds(), 'values held').to.equal(ids);
    wrong.dispose();
    given.dispose();
  });

  it('a model that is never run leaves nothing behind', async () => {
    // What ends with objects ends some time after they are gone: those of other tests first.
    const collected = async (): Promise<number> => {
      for (let i = 0; i < 10; i++) {
        globalThis.gc?.();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return regionsKept();
    };
    const before = await collected();
    for (let i = 0; i < 5; i++) {
      const artifacts = toArtifacts(model(i));
      tf.loadGraphModelSync(lowerIntegers(artifacts, [])).dispose();
    }
    expect(regionsKept()).to.equal(before + 5);
    expect(await collected()).to.equal(before);
  });

  it('beyond 2 GiB of addresses results are the same', function () {
    const given = model(7);
    const wanted = run(given, x);
    given.dispose();
    const { wasm } = tf.backend() as unknown as StockBackend;
    const GIB = 2 ** 30;
    const held = [wasm._malloc(GIB), wasm._malloc(GIB)];
    const { _malloc } = wasm;
    try {
      if (held.includes(0)) this.skip();
      // Nothing is left below, and until holes are full nothing is above.
      engineInUse().scratch.clear();
      for (const bytes of [12_000, 1200]) {
        // Holes do not fill in order.
        for (let above = 0; above < 30;) {
          held.push(_malloc(bytes));
          if ((held.at(-1) as number) >>> 0 > 2 * GIB) above++;
        }
      }
      const addresses: number[] = [];
      Object.assign(wasm, {
        _malloc: (bytes: number) => {
          const address = _malloc(bytes);
          if (bytes >= 1200) addresses.push(address >>> 0);
          return address;
        },
      });
      const high = tf.tensor(x.dataSync().slice(), [3, 100]);
      expect(run(given, high)).to.deep.equal(wanted);
      high.dispose();
      expect(addresses.length, 'what was asked for').to.be.above(5);
      expect(Math.min(...addresses)).to.be.above(2 * GIB);
    } finally {
      Object.assign(wasm, { _malloc });
      for (const address of held) if (address !== 0) wasm._free(address);
    }
    given.dispose();
  });

  it('where there is none left, references run and nothing is lost', () => {
    const given = model(4);
    const wanted = run(given, x);
    given.dispose();
    const { wasm } = tf.backend() as unknown as StockBackend;
    const { _malloc } = wasm;
    // Packed weights of 100 × 100 do not fit any more; tensors do.
    Object.assign(wasm, {
      _malloc: (bytes: number) => (bytes > 10_000 && bytes < 20_000 ? 0 : _malloc(bytes)),
    });
    try {
      expect(run(given, x)).to.deep.equal(wanted);
    } finally {
      Object.assign(wasm, { _malloc });
    }
    given.dispose();
    expect(run(given, x)).to.deep.equal(wanted);
    given.dispose();
  });
});
