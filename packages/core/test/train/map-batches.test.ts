import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { disposeBatch, fail, mapBatches, sourceOf, type Batch, type DataReader } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

function numbers(count: number): DataReader {
  return sourceOf({ inputs: { values: Float32Array.from({ length: count }, (_, i) => i), shape: [count] } });
}

async function valuesOf(reader: DataReader, skip = 0): Promise<number[][]> {
  const all: number[][] = [];
  for await (const batch of reader.batches(3, { batchSize: 2, skip })) {
    all.push([...(batch.inputs as tf.Tensor).dataSync()]);
    disposeBatch(batch);
  }
  return all;
}

describe('readers of changed batches', () => {
  before(() => tf.setBackend('cpu'));

  it('changes batches by their place, frees what is no longer used and keeps what is', async () => {
    const places: string[] = [];
    const twice = mapBatches(numbers(5), ({ inputs }, { epoch, number }) => {
      places.push(`${epoch} ${number}`);
      return { inputs: tf.mul(inputs as tf.Tensor, 2) };
    });
    const more = mapBatches(twice, (batch) =>
      Promise.resolve({ ...batch, extras: { one: tf.scalar(1), same: batch.inputs as tf.Tensor } }),
    );
    expect([more.size, more.steps(2)]).to.deep.equal([5, 3]);
    await expectNoLeak(async () => {
      expect(await valuesOf(more)).to.deep.equal([[0, 2], [4, 6], [8]]);
      expect(await valuesOf(more, 1)).to.deep.equal([[4, 6], [8]]);
    });
    expect(places.slice(0, 5)).to.deep.equal(['3 0', '3 1', '3 2', '3 1', '3 2']);
    for await (const batch of more.batches(0, { batchSize: 5 })) {
      expect(batch.indices).to.deep.equal(Int32Array.of(0, 1, 2, 3, 4));
      disposeBatch(batch);
    }
  });

  it('frees the batch whose change fails', async () => {
    const failing = (batch: Batch): Batch =>
      fail('argument/invalid', { subject: 'batch', expected: 'none', got: typeof batch });
    await expectNoLeak(async () => {
      await expectCode('argument/invalid', () => valuesOf(mapBatches(numbers(4), failing)));
    });
  });
});
