import * as tf from '@tensorflow/tfjs';
import { traceFunction, traceLayersModel } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { expectRefused, normal, useBackend } from './support.js';

class Peeking extends tf.layers.Layer {
  static readonly className = 'TraceTestPeeking';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = Array.isArray(inputs) ? inputs : [inputs];
    return (tf.max(input as tf.Tensor).dataSync()[0] as number) > 0
      ? tf.relu(input as tf.Tensor)
      : tf.neg(input as tf.Tensor);
  }
}

/** A layer that adds noise in inference, too. */
class Noisy extends tf.layers.Layer {
  static readonly className = 'TraceTestNoisy';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.add(input as tf.Tensor, tf.randomNormal([4]));
  }
}

function around(layer: tf.layers.Layer): tf.LayersModel {
  const model = tf.sequential({ name: 'inner', layers: [layer] });
  const outer = tf.input({ shape: [4] });
  return tf.model({ inputs: outer, outputs: model.apply(outer) as tf.SymbolicTensor });
}

describe('trace: values read back to JavaScript are refused', () => {
  let sample: tf.Tensor;
  before(async () => {
    await useBackend('cpu');
    sample = normal([3, 4], 1);
  });
  after(() => sample.dispose());

  const reads: Readonly<Record<string, (a: tf.Tensor) => unknown>> = {
    'dataSync()': (a) => a.dataSync(),
    'arraySync()': (a) => a.arraySync(),
    'bufferSync()': (a) => a.bufferSync(),
    'data()': (a) => a.data(),
    'array()': (a) => a.array(),
    'buffer()': (a) => a.buffer(),
    'bytes()': (a) => a.bytes(),
    'toString()': (a) => a.toString(true),
    'print()': (a) => a.print(),
    'tf.engine().readSync': (a) => tf.engine().readSync(a.dataId),
  };
  for (const [method, read] of Object.entries(reads)) {
    it(`by ${method}, naming the method, the call and the function`, () => {
      const looking = (a: tf.Tensor): tf.Tensor => {
        read(tf.relu(tf.neg(a)));
        return a;
      };
      expectRefused(
        () => traceFunction(looking, sample),
        'trace/data-dependent',
        "function 'looking'",
        `the result of call 2 (Relu) by ${method}.`,
        'outside the function',
      );
    });
  }

  it('without a rejected promise that nobody handles', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const forgotten: ((a: tf.Tensor) => unknown)[] = [
        (a) => a.data(),
        (a) => tf.whereAsync(tf.greater(a, 0)),
        (a) => tf.booleanMaskAsync(a, tf.greater(tf.sum(a, 1), 0)),
        async (a) => await a.array(),
        async (a) => await tf.engine().read(a.dataId),
      ];
      for (const forget of forgotten) {
        const looking = (a: tf.Tensor): tf.Tensor => {
          void forget(a);
          return tf.relu(a);
        };
        expectRefused(() => traceFunction(looking, sample), 'trace/data-dependent', "function 'looking'");
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('of an input', () => {
    const atOnce = (a: tf.Tensor): tf.Tensor => tf.mul(a, a.dataSync()[0] as number);
    expectRefused(() => traceFunction(atOnce, sample), 'trace/data-dependent', 'values of input 1');
  });

  it('even where the code catches what the read throws', () => {
    const careful = (a: tf.Tensor): tf.Tensor => {
      try {
        return tf.mul(a, a.dataSync()[0] as number);
      } catch {
        return a;
      }
    };
    expectRefused(() => traceFunction(careful, sample), 'trace/data-dependent', 'dataSync()');
  });

  it('in a layer, named with the models around it', () => {
    const model = around(new Peeking({ name: 'peek', inputShape: [4] }));
    expectRefused(
      () => traceLayersModel(model),
      'trace/data-dependent',
      "layer 'inner/peek'",
      '(Max) by dataSync()',
      'end the model before this layer',
    );
  });

  it('but not those that do not depend on inputs', () => {
    const model = traceFunction((a) => tf.mul(a, tf.sum(tf.range(0, 4, 1)).dataSync()[0] as number), sample);
    expect(model.graph.size).to.equal(3);
  });

  it('in an asynchronous function, which is refused in any case', () => {
    type Fn = (a: tf.Tensor) => tf.Tensor;
    const awaiting = (async (a: tf.Tensor) => tf.mul(a, (await a.data())[0] as number)) as unknown as Fn;
    expectRefused(() => traceFunction(awaiting, sample), 'trace/data-dependent', 'input 1 by data()');
    const late = (async (a: tf.Tensor) => tf.relu(await Promise.resolve(a))) as unknown as Fn;
    expectRefused(() => traceFunction(late, sample), 'trace/data-dependent', 'a promise');
  });

  it('and leave the methods of tensors as they were', () => {
    const { dataSync, toString } = tf.Tensor.prototype;
    traceFunction((a) => tf.relu(a), sample);
    expect(tf.Tensor.prototype.dataSync).to.equal(dataSync);
    expect(tf.Tensor.prototype.toString).to.equal(toString);
  });
});

describe('trace: what is left to chance is refused', () => {
  let sample: tf.Tensor;
  before(async () => {
    await useBackend('cpu');
    sample = normal([3, 4], 1);
  });
  after(() => sample.dispose());

  const refused = (fn: (a: tf.Tensor) => tf.Tensor | tf.Tensor[], ...words: string[]): void =>
    expectRefused(() => traceFunction(fn, sample, { name: 'f' }), 'trace/random', ...words);

  it('random constants, by the op that drew them and the call or result that uses them', () => {
    refused((a) => tf.add(a, tf.randomNormal([4])), 'made in tf.randomNormal', 'in call 1 (Add)');
    refused((a) => tf.add(a, tf.neg(tf.randomUniform([4]))), 'tf.randomUniform', 'call 1 (Neg)');
    refused((a) => tf.dropout(a, 0.5), 'tf.dropout');
    refused((a) => tf.mul(tf.relu(a), Math.random()), 'made in tf.mul', 'call 2 (Multiply)');
    refused((a) => tf.mul(a, tf.tensor1d([Math.random()])), 'made in JavaScript', 'call 1 (Multiply)');
    refused((a) => [a, tf.randomNormal([4])], 'tf.randomNormal', 'in result 2');
  });

  it('random constants of a layer, by its path', () => {
    const model = around(new Noisy({ name: 'noisy', inputShape: [4] }));
    expectRefused(() => traceLayersModel(model), 'trace/random', "layer 'inner/noisy'", 'tf.randomNormal');
  });

  it('random options of calls, by name', () => {
    refused((a) => tf.leakyRelu(a, Math.random()), 'f, call 1 (LeakyRelu)', "'alpha'");
    refused((a) => tf.tile(a, [1 + Math.floor(Math.random() * 1e9), 1]), 'call 1 (Tile)', "'reps'");
  });

  it('samples', () => {
    refused((a) => tf.multinomial(a as tf.Tensor2D, 2), 'f, call 1 (Multinomial)', 'probabilities');
  });

  it('calls that change from run to run', () => {
    let calls = 0;
    refused((a) => (calls++ % 2 === 0 ? tf.relu(a) : tf.neg(a)), 'f, call 1 (Neg)', 'Neg, then Relu');
    refused((a) => (calls++ % 2 === 0 ? a : [a, tf.neg(a)]), 'no more calls');
    refused((a) => (calls++ % 2 === 0 ? [tf.neg(a), a] : [a, tf.neg(a)]), 'call 1 (Neg) as result');
  });

  it('also where two runs agree by chance, or see no difference', () => {
    const { random } = Math;
    // Always the same: no two runs differ.
    Math.random = () => 0.25;
    try {
      refused((a) => (Math.random() > 0.5 ? tf.neg(a) : a), 'f: expected', 'Math.random');
      refused((a) => {
        const order = [0, 1, 2];
        tf.util.shuffle(order);
        return tf.gather(a, tf.tensor1d(order, 'int32'));
      }, 'Math.random');
      refused((a) => tf.add(a, tf.neg(tf.randomNormal([4]))), 'made in tf.randomNormal');
      refused((a) => tf.mul(a, tf.randomUniform([4], 0, 1, 'int32')), 'made in tf.randomUniform');
      refused((a) => tf.dropout(a, 0.5), 'made in tf.dropout');
      refused(
        (a) => ((tf.add(tf.randomUniform([1]), 1).dataSync()[0] as number) > 1.5 ? tf.neg(a) : a),
        'Math.random',
      );
      const kept = Math.random;
      expect(() =>
        traceFunction(() => {
          throw new Error('broken');
        }, sample),
      ).to.throw('broken');
      expect(Math.random, 'put back').to.equal(kept);
    } finally {
      Math.random = random;
    }
  });

  it('but not layers that draw their weights once', () => {
    const layer = tf.layers.dense({ units: 2 });
    const seeded = tf.layers.dropout({ rate: 0.5, seed: 3 });
    const model = traceFunction((a) => seeded.apply(layer.apply(a)) as tf.Tensor, sample);
    expect(model.weights.size).to.equal(2);
    layer.dispose();
  });

  it('but not random numbers of a seed, nor those that nothing uses', () => {
    const model = traceFunction((a) => tf.add(a, tf.randomNormal([4], 0, 1, 'float32', 3)), sample);
    expect(model.weights.size).to.equal(1);
    const unused = traceFunction((a) => (tf.neg(tf.randomNormal([4])), tf.relu(a)), sample);
    expect(unused.graph.size).to.equal(2);
  });
});
