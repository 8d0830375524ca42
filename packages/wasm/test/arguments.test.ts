import * as tf from '@tensorflow/tfjs';
import { isOptimizeError } from '@tfjs-optimize/core';
import {
  gelu,
  isDeterministic,
  isEnabled,
  layerNorm,
  setDeterministic,
  setEnabled,
  setWinograd,
  usesWinograd,
} from '@tfjs-optimize/wasm';
import { expect } from 'chai';

/** The error of a call, which must be one of bad input. */
function refused(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(isOptimizeError(error)).to.equal(true);
    expect((error as { code?: string }).code).to.equal('argument/invalid');
    return (error as Error).message;
  }
  throw new Error('expected an error, got none');
}

describe('bad arguments', () => {
  for (const backend of ['wasm', 'cpu']) {
    it(`of gelu and layerNorm are refused on ${backend} before any work`, async () => {
      await tf.setBackend(backend);
      const [x, whole, four, three] = [
        tf.ones([2, 4]),
        tf.ones([2, 4], 'int32'),
        tf.ones<tf.Rank.R1>([4]),
        tf.ones<tf.Rank.R1>([3]),
      ];
      const one = tf.scalar(1);
      const held = tf.memory().numTensors;
      const text = (call: () => unknown): string => refused(call);
      expect(text(() => gelu(whole))).to.equal(
        'gelu: x: expected a tensor of float32, got a tensor of int32 of shape [2,4]. Convert it with tf.cast.',
      );
      expect(text(() => gelu([1, 2] as unknown as tf.Tensor))).to.include('got an Array');
      expect(text(() => gelu(x, 'tanh' as unknown as boolean))).to.include('true or false, got tanh');
      expect(text(() => layerNorm(x, three, four))).to.equal(
        'layerNorm: scale: expected a tensor of float32 of shape [4], got a tensor of float32 of shape [3]. ' +
          'Give one number for each place along the last axis.',
      );
      expect(text(() => layerNorm(x, four, three))).to.include('layerNorm: offset');
      expect(text(() => layerNorm(x, four, undefined as unknown as tf.Tensor1D))).to.include('got undefined');
      expect(text(() => layerNorm(one, four, four))).to.include('a tensor with an axis');
      expect(text(() => layerNorm(x, four, four, -1))).to.include('at least 0, got -1');
      expect(text(() => layerNorm(x, four, four, NaN))).to.include('got NaN');
      expect(tf.memory().numTensors).to.equal(held);
      tf.dispose([x, whole, four, three, one]);
      await tf.setBackend('wasm');
    });
  }

  it('of settings are refused, and settings stay as they were', () => {
    const before = [isEnabled(), isDeterministic(), usesWinograd()];
    for (const [name, set] of Object.entries({ setEnabled, setDeterministic, setWinograd })) {
      expect(refused(() => set(undefined as unknown as boolean))).to.equal(
        `${name}: expected true or false, got undefined. Give one of the two.`,
      );
    }
    expect([isEnabled(), isDeterministic(), usesWinograd()]).to.deep.equal(before);
  });
});
