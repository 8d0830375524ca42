import * as tf from '@tensorflow/tfjs';
import { randomStream, traceFunction, type Port, type Traced } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { KERNELS } from '../../src/trace/kernels/table.js';
import { KERNEL_CASES, type CaseInput, type KernelCase } from './kernel-cases/index.js';
import { BACKENDS, expectSame, expectSound, runStock, useBackend } from './support.js';

function listed(result: Traced): tf.Tensor[] {
  if (result instanceof tf.Tensor) return [result];
  return (Array.isArray(result) ? result : Object.values(result)) as tf.Tensor[];
}

function inputOf({ shape, dtype = 'float32', low = -2, high = 2 }: CaseInput, seed: number): tf.Tensor {
  const next = randomStream(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, () => low + next() * (high - low));
  return tf.tensor(dtype === 'float32' ? values : values.map(Math.floor), shape, dtype);
}

for (const backend of BACKENDS) {
  describe(`trace: one op per kernel, traced graph equals the op bit for bit, on ${backend}`, function () {
    // One case is traced at hundreds of sizes: seconds on a quiet machine.
    this.timeout(120_000);
    const seen = new Set<string>();
    before(() => useBackend(backend));

    for (const test of KERNEL_CASES) {
      if (test.onlyOn !== undefined && test.onlyOn !== backend) continue;
      it(test.title, async () => {
        const before = tf.memory().numTensors;
        await check(test, seen);
        expect(tf.memory().numTensors).to.equal(before);
      });
    }

    if (backend === 'cpu') {
      it('leaves no kernel of the table untried', () => {
        // No op of TensorFlow.js calls the first; the second is refused; strings are tried elsewhere.
        const unreachable = ['LogSoftmax', 'BitwiseAnd', 'StaticRegexReplace', 'StringToHashBucketFast'];
        const untried = Object.keys(KERNELS).filter((name) => !seen.has(name) && !unreachable.includes(name));
        expect(untried).to.deep.equal([]);
      });
    }
  });
}

async function check({ inputs, run, dynamic }: KernelCase, seen: Set<string>): Promise<void> {
  const tensors = inputs.map((input, i) => inputOf(input, 7 + i));
  const model = traceFunction(run, tensors, { ...(dynamic === undefined ? {} : { dynamic }) });
  expectSound(model);
  const profile = await tf.profile(() => tf.tidy(() => run(...tensors) as tf.Tensor));
  for (const name of profile.kernelNames) seen.add(name);
  const expected = listed(profile.result as unknown as Traced);
  const actual = await runStock(model, tensors);
  expected.forEach((tensor, i) => {
    expectSame(actual[i] as tf.Tensor, tensor, `output ${i}`);
    const { dtype, shape } = model.signature.outputs[i] as Port;
    expect(dtype, `type of port ${i}`).to.equal(tensor.dtype);
    expect(shape?.map((size, axis) => (size === -1 ? tensor.shape[axis] : size))).to.deep.equal(tensor.shape);
  });
  tf.dispose([tensors, expected, actual]);
}
