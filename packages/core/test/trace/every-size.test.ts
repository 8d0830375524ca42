import * as tf from '@tensorflow/tfjs';
import { traceFunction, traceLayersModel, type Traced } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { BACKENDS, expectRefused, expectSame, normal, runStock, useBackend } from './support.js';

type Fn = (a: tf.Tensor) => Traced;

const FIRST = { dynamic: { 0: [0] } };

/** Traces with a sample of a shape whose first size is unknown. */
function refused(fn: Fn, shape: number[], ...words: string[]): void {
  const sample = normal(shape, 1);
  expectRefused(
    () => traceFunction(fn, sample, { ...FIRST, name: 'f' }),
    'trace/shape',
    'fixed size',
    "'dynamic'",
    ...words,
  );
  sample.dispose();
}

/** A layer that treats a batch of one apart. */
class Choosy extends tf.layers.Layer {
  static readonly className = 'TraceTestChoosy';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [input] = Array.isArray(inputs) ? inputs : [inputs];
    const x = input as tf.Tensor;
    return x.shape[0] === 1 ? tf.neg(x) : tf.relu(x);
  }
}

describe('trace: what is not the same at every size is refused', () => {
  before(() => useBackend('cpu'));

  it('a branch that the sample takes the other way', () => {
    const fn = (a: tf.Tensor): tf.Tensor => (a.shape[0] > 3 ? tf.relu(a) : tf.neg(a));
    refused(fn, [2, 4], 'f, call 1 (Relu)', 'Relu at [37,4] and Neg at [2,4]');
    const sample = normal([2, 4], 1);
    expect(traceFunction(fn, sample).graph.size, 'at a fixed size').to.equal(2);
    sample.dispose();
  });

  it('a branch on a size that no other sample knows', () => {
    const fn = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => (b.shape[0] > 4 ? tf.add(a, b) : tf.mul(a, b));
    const samples = [{ shape: [null, 4] }, { shape: [3, 4] }] as const;
    expectRefused(
      () => traceFunction(fn, samples, { dynamic: { 1: [0] } }),
      'trace/shape',
      'Multiply at [3,4] [3,4]',
    );
  });

  it('a branch on a first size of one, in functions and layers', () => {
    refused((a) => (a.shape[0] > 1 ? tf.relu(a) : tf.neg(a)), [8, 4], 'Neg at [1,4]');
    const layer = new Choosy({ name: 'choosy', inputShape: [4] });
    expectRefused(
      () => traceLayersModel(tf.sequential({ layers: [layer] })),
      'trace/shape',
      "layer 'choosy' (Relu)",
      'Neg at [1,4]',
      "'inputShapes'",
      "{ 'choosy_input': [1, 4] }",
    );
  });

  it('a branch on a first size of one, where another input must have that size elsewhere', () => {
    const fn = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const product = tf.matMul(b, a);
      return a.shape[0] > 1 ? tf.relu(product) : tf.neg(product);
    };
    const samples = [{ shape: [null, 4] }, { shape: [4, null] }] as const;
    expectRefused(() => traceFunction(fn, samples), 'trace/shape', 'Neg at [1,4] [4,1]');
  });

  it('other results of the same calls', () => {
    const pick = (a: tf.Tensor): tf.Tensor => {
      const both = [tf.relu(a), tf.neg(a)] as const;
      return both[a.shape[0] > 3 ? 0 : 1];
    };
    refused(pick, [2, 4], 'call 1 (Relu) as result 1', 'call 2 (Neg) as result 1');
    refused((a) => (a.shape[0] > 3 ? [a] : [a, a]), [2, 4], 'one result', '2 results at [2,4]');
    const feed = (a: tf.Tensor): tf.Tensor => {
      const b = tf.neg(a);
      return tf.relu(a.shape[0] > 3 ? a : b);
    };
    refused(feed, [2, 4], 'call 2 (Relu)', 'Relu of input 1 at', 'Relu of call 1 (Neg) at [2,4]');
  });

  it('another rank, such as that of a squeeze which takes out the batch', () => {
    refused((a) => tf.squeeze(a), [3, 1, 4], 'call 1 (Reshape)', 'float32[4] at [1,1,4]', 'name its axes');
  });

  it('a size that stops growing below or beyond the sample', () => {
    const head = (most: number): Fn => {
      return (a) => tf.slice(a, [0, 0], [Math.min(a.shape[0], most), 4]);
    };
    refused(head(512), [600, 4], 'call 1 (Slice)', '512 at [600,4]');
    refused(head(8), [5, 4], 'call 1 (Slice)', '8 at [37,4], [48,4], [63,4]', '5 at [5,4]');
    const width = (a: tf.Tensor): tf.Tensor => tf.slice(a, [0, 0], [3, Math.min(a.shape[1] as number, 512)]);
    const sample = normal([3, 600], 1);
    expectRefused(
      () => traceFunction(width, sample, { dynamic: { 0: [1] } }),
      'trace/shape',
      '512 at [3,600]',
    );
    sample.dispose();
  });

  it('options of calls that depend on sizes', () => {
    refused((a) => tf.leakyRelu(a, 1 / a.shape[0]), [3, 4], "'alpha'", 'call 1 (LeakyRelu)', '1 at [1,4]');
    const best = (a: tf.Tensor): tf.Tensor => tf.topk(tf.transpose(a), Math.min(5, a.shape[0])).values;
    refused(best, [9, 4], 'call 2 (TopK)', '5 at [37,4]', '1 at [1,4]');
  });

  it('loops over an unknown dimension', () => {
    const fn = (a: tf.Tensor): tf.Tensor => {
      let sum = tf.zeros([4]);
      for (let i = 0; i < a.shape[0]; i++) sum = tf.relu(tf.add(sum, tf.gather(a, i)));
      return sum;
    };
    refused(fn, [3, 4], 'same calls', 'no more calls at [37,4] and GatherV2 at [48,4]');
  });

  it('recurrent layers of unknown length, with an example that names the input', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 9, outputDim: 4, batchInputShape: [null, null], name: 'words' }),
        tf.layers.lstm({ units: 3, name: 'lstm' }),
      ],
    });
    expectRefused(
      () => traceLayersModel(model),
      'trace/shape',
      "layer 'lstm'",
      "'inputShapes'",
      "{ 'words_input': [null, 40] }",
    );
    const traced = traceLayersModel(model, { inputShapes: { words_input: [null, 40] } });
    expect(traced.signature.inputs[0]?.shape).to.deep.equal([-1, 40]);
  });

  it('constants that follow sizes in an unknown way', () => {
    refused(
      (a) => tf.mul(a, Math.sqrt(a.shape[0])),
      [3, 4],
      'call 1 (Multiply)',
      'made in JavaScript',
      'tf.scalar(size)',
    );
  });

  it('sizes at which the code fails', () => {
    const even = (a: tf.Tensor): tf.Tensor => {
      if (a.shape[0] % 7 !== 0) throw new Error('not a multiple of seven');
      return tf.relu(a);
    };
    refused(even, [14, 4], 'shape [?,4]', '"not a multiple of seven" at [37,4]');
    const wide = (a: tf.Tensor): tf.Tensor => tf.maxPool(a as tf.Tensor3D, [5, 1], 1, 'valid');
    refused(wide, [2, 9, 1], 'to run on', 'a result of shape');
  });
});

interface EveryCase {
  readonly title: string;
  readonly fn: (a: tf.Tensor) => tf.Tensor;
  /** Sizes after the first. */
  readonly shape: readonly number[];
  /** First sizes of samples, one after the other, and of what the graph runs on. */
  readonly first?: readonly number[];
}

const CASES: readonly EveryCase[] = [
  {
    title: 'a condition that is repeated over the batch',
    fn: (a) => tf.where(tf.greater(tf.tensor2d([[1, 2, 3, 4]]), 2), a, tf.neg(a)),
    shape: [4],
  },
  {
    title: 'a row that is broadcast over the batch',
    fn: (a) => tf.add(a, tf.broadcastTo(tf.tensor2d([[1, 2, 3, 4]]), a.shape as [number, number])),
    shape: [4],
  },
  {
    title: 'rows of the input that are broadcast over each other',
    fn: (a) => tf.broadcastTo(tf.sum(a, 0, true), a.shape),
    shape: [4],
  },
  {
    title: 'rows that are repeated as often as the batch is large',
    fn: (a) => tf.concat([a, tf.tile(tf.tensor2d([[1, 2, 3, 4]]), [a.shape[0], 1])], 1),
    shape: [4],
  },
  { title: 'a squeeze of a named axis', fn: (a) => tf.squeeze(a, [1]), shape: [1, 4] },
  { title: 'a sum that broadcasts its mean', fn: (a) => tf.sub(a, tf.mean(a, 0, true)), shape: [4] },
  {
    title: 'constants computed with tensor operations from a size',
    fn: (a) => tf.mul(a, tf.sqrt(tf.scalar(a.shape[0]))),
    shape: [4],
  },
  {
    title: 'a matrix as large as the batch',
    fn: (a) => tf.matMul(tf.eye(a.shape[0]), a),
    shape: [4],
  },
  {
    title: 'a function that fails at a batch of one',
    fn: (a) => {
      if (a.shape[0] < 2) throw new Error('one is too few');
      return tf.relu(a);
    },
    shape: [4],
    first: [2, 6],
  },
  {
    title: 'windows that are larger than one',
    fn: (a) => tf.maxPool(a as tf.Tensor3D, 3, 2, 'valid'),
    shape: [9, 2],
    first: [3, 6],
  },
  {
    title: 'half of the rows, of which one has none',
    fn: (a) => tf.slice(a, [0, 0], [a.shape[0] / 2, 4]),
    shape: [4],
    first: [2, 6],
  },
  {
    title: 'pairs of rows, of which one has none',
    fn: (a) => tf.reshape(a, [a.shape[0] / 2, 8]),
    shape: [4],
    first: [2, 6],
  },
];

for (const backend of BACKENDS) {
  describe(`trace: what is the same at every size is traced, on ${backend}`, () => {
    before(() => useBackend(backend));

    for (const { title, fn, shape, first = [1, 6] } of CASES) {
      it(title, async () => {
        const before = tf.memory().numTensors;
        const inputs = first.map((size) => normal([size, ...shape], size));
        for (const sample of inputs) {
          const model = traceFunction(fn, sample, FIRST);
          for (const input of inputs) {
            const expected = tf.tidy(() => fn(input));
            const actual = await runStock(model, [input]);
            const sizes = `${input.shape[0]} of a sample of ${sample.shape[0]}`;
            expectSame(actual[0] as tf.Tensor, expected, sizes);
            tf.dispose([expected, actual]);
          }
        }
        tf.dispose(inputs);
        expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
      });
    }
  });
}
