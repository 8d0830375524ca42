import * as tf from '@tensorflow/tfjs';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { profile } from '../../src/profile/index.js';
import { twins } from './models.js';

const NAME = 'works-ahead';
const QUICK = { calls: 4, warmUpMs: 0 };

/** The cpu backend under a name that is not known to compute at once, with timers or without. */
async function useBackend(time?: () => object): Promise<void> {
  await tf.setBackend('cpu');
  const Cpu = tf.backend().constructor as new () => tf.KernelBackend;
  class Ahead extends Cpu {
    override timerAvailable(): boolean {
      return time !== undefined;
    }
    override time(work: () => void): ReturnType<tf.KernelBackend['time']> {
      work();
      return Promise.resolve({ kernelMs: 0, ...time?.() });
    }
  }
  tf.registerBackend(NAME, () => new Ahead());
  tf.copyRegisteredKernels('cpu', NAME);
  await tf.setBackend(NAME);
}

describe('profile on a backend that works ahead', () => {
  afterEach(async () => {
    await tf.setBackend('cpu');
    tf.removeBackend(NAME);
    for (const { kernelName } of tf.getKernelsForBackend(NAME)) tf.unregisterKernel(kernelName, NAME);
  });

  it('takes the times of the timers, and nothing between kernels', async () => {
    let turn = 0;
    await useBackend(() => ({ kernelMs: 1 + (turn++ % 6) }));
    const x = tf.ones([2, 4]);
    const found = await profile(twins(), x, QUICK);
    // Six kernels of 1 to 6 ms in each call.
    expect(found.sumMs).to.be.closeTo(21, 1e-9);
    expect(found.timeline.map(({ startMs, ms }) => [startMs, ms])).to.deep.equal([
      [0, 1],
      [1, 2],
      [3, 3],
      [6, 4],
      [10, 5],
      [15, 6],
    ]);
    for (const { ms, kernelMs } of found.nodes) expect(kernelMs).to.equal(ms);
    x.dispose();
  });

  it('refuses where there are no timers', async () => {
    await useBackend();
    const x = tf.ones([2, 4]);
    const error = await expectCode('backend/no-timer', () => profile(twins(), x, QUICK));
    expect(error.message).to.include(NAME);
    x.dispose();
  });

  it('refuses where the timer fails', async () => {
    await useBackend(() => ({ kernelMs: { error: 'the clock jumped' } }));
    const x = tf.ones([2, 4]);
    await expectCode('backend/no-timer', () => profile(twins(), x, QUICK));
    x.dispose();
  });
});
