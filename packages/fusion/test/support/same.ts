import type * as tf from '@tensorflow/tfjs';
import type { Model } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { execute } from './execute.js';

/** Fails unless two models compute the same, bit for bit, on these inputs. */
export async function expectSameBits(a: Model, b: Model, inputs: readonly tf.Tensor[]): Promise<void> {
  const [left, right] = [await execute(a, inputs), await execute(b, inputs)];
  expect(right.shape).to.deep.equal(left.shape);
  expect([...right.values]).to.deep.equal([...left.values]);
}
