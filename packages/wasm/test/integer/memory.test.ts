import '@tfjs-optimize/wasm/integer';
import type { Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { StockBackend } from '../../src/engine/stock.js';
import { IntegerGraph } from '../support/integer-graphs.js';
import { Meter } from '../support/meter.js';
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

  it('weights take less than 30 % of what they take as floats', () => {
    const given = model(2);
    run(given, x);
    given.dispose();
    const scratch = meter.bytes;
    run(given, x);
    expect(meter.bytes - scratch)
      .to.be.below(0.3 * 4 * 2 * 100 * 100 + 2 * 13 * 296)
      .and.above(2 * 100 * 100);
    given.dispose();
  });

  it('a model that was disposed of runs again', () => {
    const given = model(3);
    const wanted = run(given, x);
    given.dispose();
    expect(run(given, x)).to.deep.equal(wanted);
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
