import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { OptimizeError } from '../src/errors.js';
import { runFailed } from '../src/run-failure.js';

describe('a run that failed', () => {
  const failure = (code: string, cause: unknown, by = {}) => expectCode(code, () => runFailed(cause, by));

  it('keeps what was thrown, and says who failed to run what', async () => {
    const cause = new Error('shapes do not fit');
    const error = await failure('model/run', cause);
    expect(error.message).to.equal('model: expected TensorFlow.js to run it, got shapes do not fit.');
    expect(error.cause).to.equal(cause);
    const other = await failure('model/run', 'text', { subject: 'compiled model', runner: 'TensorFlow' });
    expect(other.message).to.equal('compiled model: expected TensorFlow to run it, got text.');
  });

  it('leaves an error that has a code as it is', async () => {
    const problem = { subject: 'x', expected: 'y', got: 'z' };
    const cause = new OptimizeError('backend/sync-read', problem);
    expect(await failure('backend/sync-read', cause)).to.equal(cause);
  });

  it("reads from TensorFlow's words how much memory was asked for, and where", async () => {
    const place =
      '/job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc\n\t [[{{node conv}}]]\nHint: more';
    const cause = new Error(
      `Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[64,112,112,64] and type float on ${place}`,
    );
    const error = await failure('backend/memory', cause);
    // 64 · 112 · 112 · 64 numbers of 4 bytes.
    expect(error.message).to.match(
      /^model: expected memory for 206 MB on GPU:0, got OOM when allocating tensor with shape\[64,112,112,64\] and type float on \S+\. Use a smaller batch\.$/,
    );
    expect(error.cause).to.equal(cause);
    const half = `OOM when allocating tensor with shape[1000] and type half on ${place}`;
    expect((await failure('backend/memory', new Error(half))).message).to.include('for 2.00 kB on GPU:0');
    const unknown = `OOM when allocating tensor with shape[] and type resource on ${place}`;
    expect((await failure('backend/memory', new Error(unknown))).message).to.include('memory on GPU:0');
  });

  it('knows other words for it', async () => {
    const asked = 'Out of memory while trying to allocate 1073741824 bytes.';
    expect((await failure('backend/memory', new Error(asked))).message).to.include(
      'memory for 1.07 GB on its',
    );
    for (const words of [
      'failed to allocate 2.0G (2147483648 bytes) from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
      'ResourceExhaustedError: could not allocate',
      'RESOURCE_EXHAUSTED: failed',
    ]) {
      expect((await failure('backend/memory', new Error(words))).message).to.include(
        'expected memory on its',
      );
    }
    await failure('model/run', new Error('a room for OOMPH'));
  });
});
