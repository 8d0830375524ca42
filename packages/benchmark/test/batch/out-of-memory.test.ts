import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, needTfjsNode } from '@tfjs-optimize/testing';
import { backend, OptimizeError } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { isOutOfMemory, sweepBatches } from '../../src/batch/sweep.js';
import { roomLeft } from '../../src/batch/room.js';

const TENSORFLOW =
  'OOM when allocating tensor with shape[64,112,112,64] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc';

describe('batches that run out of memory', () => {
  before(() => tf.setBackend('cpu').then(() => undefined));

  it('are told, larger ones are not tried, and smaller ones are measured', async () => {
    const called: number[] = [];
    const double = ([x]: tf.Tensor[]): tf.Tensor => {
      const size = x?.shape[0] ?? 0;
      called.push(size);
      if (size >= 8) throw new Error(TENSORFLOW);
      return tf.mul(x as tf.Tensor, 2);
    };
    const x = tf.ones([1, 3]);
    await expectNoLeak(async () => {
      const { batches, failed } = await sweepBatches(double, x, {
        ...{ sizes: [1, 4, 8, 16, 32], warmUpMs: 1, maxWarmUpMs: 2, runs: 3 },
      });
      expect(batches.map(({ size }) => size)).to.deep.equal([1, 4]);
      expect(failed.map(({ size }) => size)).to.deep.equal([8, 16, 32]);
      expect(failed[0]?.reason).to.contain('OOM');
      expect(failed[1]?.reason).to.equal('a batch of 8 ran out of memory');
      expect(Math.max(...called)).to.equal(8);
    });
    x.dispose();
  });

  it('are told from other errors, by the words of who reports them, causes included', () => {
    const cause = new Error(TENSORFLOW);
    const wrapped = new OptimizeError('model/run', { subject: 'x', expected: 'y', got: 'z', cause });
    for (const message of [
      TENSORFLOW,
      'Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.3GiB',
      'CUDA_ERROR_OUT_OF_MEMORY: out of memory',
      'RESOURCE_EXHAUSTED: failed to allocate',
      'Resource exhausted: no room',
      'CUDNN_STATUS_ALLOC_FAILED',
      'Array buffer allocation failed',
    ]) {
      expect(isOutOfMemory(new Error(message)), message).to.equal(true);
    }
    expect(isOutOfMemory(wrapped)).to.equal(true);
    for (const other of [new Error('the bathROOM is too small'), new Error('room for 3'), 'OOM', undefined]) {
      expect(isOutOfMemory(other), String(other)).to.equal(false);
    }
  });

  it("tfjs-node on a GPU has no room that is known: the machine's memory is not the GPU's", async function () {
    await needTfjsNode(this);
    await backend.use('tfjs-node');
    const held = tf.backend() as unknown as { isUsingGpuDevice: boolean };
    const before = held.isUsingGpuDevice;
    try {
      held.isUsingGpuDevice = true;
      expect(roomLeft(1e9).bytes).to.equal(Infinity);
      held.isUsingGpuDevice = false;
      expect(roomLeft(1e9).bytes).to.be.within(0, 1e9);
    } finally {
      held.isUsingGpuDevice = before;
      await tf.setBackend('cpu');
    }
  });
});
