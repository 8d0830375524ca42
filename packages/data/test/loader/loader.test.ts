import { fit, traceLayersModel } from '@tfjs-optimize/core';
import { arrays, loader, SampleError, type Dataset, type Sample } from '@tfjs-optimize/data';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { all, numbered, valuesOf } from '../support/samples.js';

/** The error itself, with what it tells besides its code. */
async function thrownBy(batches: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const _ of batches);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('loader without workers', () => {
  it('stacks samples in their order, the last batch as large as it is', async () => {
    const load = loader(numbered(5), { batchSize: 2 });
    const batches = await all(load);
    expect(load.length).to.equal(3);
    expect(valuesOf(batches, 'label')).to.deep.equal([[0, 1], [2, 3], [4]]);
    expect(batches[1]?.fields['x']?.shape).to.deep.equal([2, 2]);
    expect(valuesOf(batches, 'x')[1]).to.deep.equal([2, -2, 3, -3]);
    expect(batches.map(({ size }) => size)).to.deep.equal([2, 2, 1]);
  });

  it('stacks kinds of bytes alike: Buffers, pixels of a canvas, and those of columns', async () => {
    const rows: Sample[] = [
      { a: Uint8Array.of(1, 2), b: { values: Uint8ClampedArray.of(1, 2), shape: [2, 1] } },
      { a: Buffer.from([3, 4]), b: { values: Buffer.from([3, 4]), shape: [2, 1] } },
      { a: Uint8ClampedArray.of(5, 6), b: { values: Uint8Array.of(5, 6), shape: [2, 1] } },
    ];
    for (const order of [rows, [...rows].reverse()]) {
      const [batch] = await all(loader({ length: 3, get: (i) => order[i] as Sample }));
      for (const name of ['a', 'b']) {
        const { values } = batch?.fields[name] ?? {};
        expect(values?.constructor).to.equal(Uint8Array);
        expect([...(values as Uint8Array)].sort()).to.deep.equal([1, 2, 3, 4, 5, 6]);
      }
    }
    const column = { values: Uint8ClampedArray.of(1, 2), shape: [1, 2] };
    const [batch] = await all(loader(arrays({ column, plain: Buffer.from([1]) })));
    expect(batch?.fields['column']?.values).to.deep.equal(Uint8Array.of(1, 2));
  });

  it('leaves out a last batch that is not full, if told', async () => {
    for (const [length, expected] of [
      [3, [[0, 1]]],
      [
        4,
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [1, []],
      [0, []],
    ] as const) {
      const load = loader(numbered(length), { batchSize: 2, dropLast: true });
      expect(load.length).to.equal(expected.length);
      expect(valuesOf(await all(load), 'label')).to.deep.equal(expected);
    }
  });

  it('draws an order of its own for each epoch, by the seed', async () => {
    const order = async (seed: number, epoch: number): Promise<number[]> =>
      valuesOf(await all(loader(numbered(50), { shuffle: true, seed }).epoch(epoch)), 'label').flat();
    const first = await order(1, 0);
    expect(first).to.not.deep.equal([...first].sort((a, b) => a - b));
    expect([...first].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
    expect(await order(1, 0)).to.deep.equal(first);
    expect(await order(1, 1)).to.not.deep.equal(first);
    expect(await order(2, 0)).to.not.deep.equal(first);
  });

  it('goes on to the next epoch with each iteration, and skips batches without reading them', async () => {
    const read: number[] = [];
    const inner = numbered(6);
    const data: Dataset = { ...inner, get: (i) => (read.push(i), inner.get(i)) };
    const load = loader(data, { batchSize: 2, shuffle: true });
    const [zero, one] = [await all(load), await all(load)];
    read.length = 0;
    const skipped = await all(load.epoch(1, 2));
    expect(valuesOf(skipped, 'label')).to.deep.equal(valuesOf(one, 'label').slice(2));
    expect(read).to.have.length(2);
    expect(valuesOf(zero, 'label')).to.not.deep.equal(valuesOf(one, 'label'));
  });

  it('transforms each sample with numbers that do not hang on its place in the order', async () => {
    const transform = (sample: Sample, { random }: { random: { uniform(): number } }): Sample => ({
      label: sample['label'] as number,
      drawn: random.uniform(),
    });
    const drawn = async (shuffle: boolean): Promise<Map<number, number>> => {
      const batches = await all(loader(numbered(9), { batchSize: 4, shuffle, transform }).epoch(3));
      const [labels, values] = [valuesOf(batches, 'label').flat(), valuesOf(batches, 'drawn').flat()];
      return new Map(labels.map((label, i) => [label, values[i] as number]));
    };
    const inOrder = await drawn(false);
    expect(new Set(inOrder.values()).size).to.equal(9);
    for (const [label, value] of await drawn(true)) expect(value).to.equal(inOrder.get(label));
  });

  it('collates by code of the caller', async () => {
    const collate = (samples: readonly Sample[]) => ({
      sum: {
        values: Float32Array.of(...samples.map(({ label }) => 2 * (label as number))),
        shape: [samples.length],
      },
    });
    expect(valuesOf(await all(loader(numbered(3), { collate })), 'sum')).to.deep.equal([[0, 2, 4]]);
    await expectCode('data/shape', () => all(loader(numbered(3), { collate: () => ({}) })));
  });

  it('makes tensors of every type', async () => {
    const data = arrays({
      float: [0.5, 1.5],
      whole: Int32Array.of(1, 2),
      bytes: { values: Uint8Array.of(0, 128, 255, 1), shape: [2, 2] },
      scaled: { values: Uint8Array.of(0, 255), shape: [2, 1], scale: 1 / 255 },
      text: ['a', 'b'],
    });
    await expectNoLeak(async () => {
      for await (const batch of loader(data)) {
        const tensors = batch.tensors();
        const types = Object.fromEntries(
          Object.entries(tensors).map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]),
        );
        expect(types).to.deep.equal({
          ...{ float: ['float32', 2], whole: ['int32', 2], bytes: ['float32', 2, 2] },
          ...{ scaled: ['float32', 2, 1], text: ['string', 2] },
        });
        expect([...(tensors['scaled'] as tf.Tensor).dataSync()]).to.deep.equal([0, 1]);
        expect([...(tensors['bytes'] as tf.Tensor).dataSync()]).to.deep.equal([0, 128, 255, 1]);
        tf.dispose(tensors);
      }
    });
  });

  it('reads streams, and tells how many samples came before an error', async () => {
    const stream = {
      async *stream(epoch: number) {
        for (let i = 0; i < 5; i++) yield { x: 10 * epoch + i };
      },
    };
    const load = loader(stream, { batchSize: 2 });
    expect(load.length).to.equal(undefined);
    expect(valuesOf(await all(load.epoch(1)), 'x')).to.deep.equal([[10, 11], [12, 13], [14]]);
    expect(valuesOf(await all(load.epoch(1, 2)), 'x')).to.deep.equal([[14]]);
    const broken = {
      *stream() {
        yield { x: 1 };
        throw new Error('torn');
      },
    };
    const error = await thrownBy(loader(broken));
    expect(error).to.be.instanceOf(SampleError);
    expect(error).to.include({ index: 1, code: 'data/sample' });
    await expectCode('data/stream', () => loader(stream, { shuffle: true }));
  });

  it('closes a stream that is left early', async () => {
    let closed = 0;
    const stream = {
      *stream() {
        try {
          for (;;) yield { x: 1 };
        } finally {
          closed++;
        }
      },
    };
    for await (const _ of loader(stream, { batchSize: 2 })) break;
    expect(closed).to.equal(1);
  });

  it('tells which sample failed, with its cause', async () => {
    const cause = new Error('bad luck');
    const transform = (sample: Sample): Sample => {
      if (sample['label'] === 3) throw cause;
      return sample;
    };
    const error = (await thrownBy(loader(numbered(6), { batchSize: 2, transform }))) as SampleError;
    expect(error).to.include({ index: 3, code: 'data/sample', cause });
    expect(error.message).to.match(/^sample 3: .*bad luck/);
  });

  it('refuses samples that make no batch, naming field and sample', async () => {
    for (const [get, message] of [
      [
        (i: number) => ({ x: Float32Array.of(...Array<number>(i + 1).fill(0)) }),
        /field 'x' of sample 1.*\[1\].*\[2\]/,
      ],
      [(i: number) => (i === 0 ? { x: 1 } : { y: 1 }), /sample 1: expected the fields x.*got y/],
      [(i: number) => ({ x: i === 0 ? 1 : 'a' }), /field 'x' of sample 1: expected a number.*'a'/],
      [(i: number) => ({ x: i === 0 ? 'a' : 1 }), /field 'x' of sample 1: expected a text.*got 1/],
      [() => ({ x: [1] as never }), /field 'x' of sample 0/],
      [() => ({ x: { values: new Float32Array(3), shape: [2, 2] } }), /field 'x' of sample 0/],
      [(i: number) => ({ x: i === 0 ? new Float32Array(1) : new Int32Array(1) }), /Float32Array.*Int32Array/],
      [() => undefined as never, /sample 0: expected an object/],
    ] as const) {
      const error = await expectCode('data/shape', () => all(loader({ length: 2, get })));
      expect(error.message).to.match(message);
    }
  });

  it('ends with aborted when its signal fires, also while a sample is waited for', async () => {
    const control = new AbortController();
    const data: Dataset = { length: 4, get: (i) => (i < 2 ? { x: i } : new Promise(() => {})) };
    const load = loader(data, { batchSize: 2, signal: control.signal });
    const seen: number[] = [];
    await expectCode('aborted', async () => {
      for await (const batch of load) {
        seen.push(batch.size);
        setTimeout(() => control.abort(), 5);
      }
    });
    expect(seen).to.deep.equal([2]);
  });

  it('refuses options that are wrong before it reads', async () => {
    const data = numbered(2);
    for (const options of [
      ...[
        { batchSize: 0 },
        { workers: -1 },
        { workers: 1.5 },
        { prefetch: 0 },
        { seed: 0.5 },
        { shuffle: 1 },
      ],
      ...[{ transform: 'flip' }, { collate: {} }, { keepWorkersMs: -1 }, { batchsize: 2 }],
    ]) {
      await expectCode('argument/invalid', () => loader(data, options as never));
    }
    await expectCode('argument/invalid', () => loader([1, 2] as never));
    await expectCode('argument/invalid', () => loader(Promise.resolve(data) as never));
    await expectCode('argument/invalid', () => all(loader(data).epoch(-1)));
  });
});

describe('loader in training', () => {
  const model = (): tf.LayersModel => {
    const kernelInitializer = tf.initializers.constant({ value: 0.1 });
    return tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer })] });
  };
  const data = arrays({
    x: { values: Float32Array.from({ length: 80 }, (_, i) => Math.sin(i)), shape: [40, 2] },
    y: { values: Float32Array.from({ length: 40 }, (_, i) => 3 * Math.sin(2 * i)), shape: [40, 1] },
  });
  const fields = { inputs: 'x', labels: 'y' } as const;

  it('is data of fit, with its own batches, and leaves no tensor behind', async () => {
    await expectNoLeak(async () => {
      const layers = model();
      const load = loader(data, { batchSize: 16, shuffle: true });
      const result = await fit(traceLayersModel(layers), {
        ...{
          data: load.training(fields),
          loss: 'meanSquaredError',
          optimizer: 'sgd',
          learningRate: 0.5,
          epochs: 8,
        },
      });
      const losses = result.history.map(({ numbers }) => numbers['loss']);
      expect(losses.at(-1)).to.be.below((losses[0] as number) / 2);
      result.model.dispose();
      layers.dispose();
    });
  });

  it('is a data set of tf.data for fitDataset', async () => {
    const layers = model();
    layers.compile({ optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError' });
    const made = loader(data, { batchSize: 16 }).dataset(fields);
    expect(made.size).to.equal(3);
    const { history } = await layers.fitDataset(made, { epochs: 4 });
    const losses = history['loss'] as number[];
    expect(losses).to.have.length(4);
    expect(losses[3]).to.be.below((losses[0] as number) / 2);
    layers.dispose();
  });

  it('gives fitDataset class labels as its losses take them', async () => {
    const x = Float32Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const classes = arrays({ x: { values: x, shape: [32, 1] }, label: Int32Array.from(x, (v) => +(v > 0)) });
    const layers = tf.sequential({
      layers: [tf.layers.dense({ units: 2, activation: 'softmax', inputShape: [1] })],
    });
    const loss = 'sparseCategoricalCrossentropy';
    layers.compile({ optimizer: tf.train.sgd(1), loss, metrics: ['accuracy'] });
    const made = loader(classes, { batchSize: 16 }).dataset({ inputs: 'x', labels: 'label' });
    const { history } = await layers.fitDataset(made, { epochs: 10 });
    expect(history['acc']?.at(-1)).to.equal(1);
    layers.dispose();
  });

  it('refuses fields that are not there before tensors are made', async () => {
    await expectNoLeak(async () => {
      const reader = loader(data).training({ inputs: { image: 'x' }, labels: ['z'] });
      await expectCode('argument/invalid', async () => {
        for await (const batch of reader.batches(0, { batchSize: 1 }))
          tf.dispose(batch.inputs as tf.TensorContainer);
      });
    });
    await expectCode('argument/invalid', () => loader(data).training({ inputs: 1 } as never));
  });
});
