import * as tf from '@tensorflow/tfjs';
import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { floats, int8s, runOp, scale, zeroPoint } from '@tfjs-optimize/testing/integer';
import { dequantize, quantize } from '../../src/reference/index.js';

describe('Quantize and Dequantize', () => {
  before(() => tf.setBackend('cpu'));

  it('halves are rounded away from zero, values out of range clamped, NaN becomes the zero point', () => {
    const x = [
      0,
      0.5,
      1.5,
      -0.5,
      -1.5,
      0.49999997,
      -0.49999997,
      1e9,
      -1e9,
      Infinity,
      -Infinity,
      NaN,
      -0,
      1e-40,
    ];
    const wanted = [3, 4, 5, 2, 1, 3, 3, 127, -128, 127, -128, 3, 3, 3];
    expect(
      runOp('Quantize', [floats({ shape: [2, 7], data: x })], { scale: 1, zero_point: 3 }).data,
    ).to.deep.equal(wanted);
    expect([...quantize(Float32Array.of(127.5, -128.5, 126.5), 1, 0)]).to.deep.equal([127, -128, 127]);
  });

  it('the quotient is that of float32', () => {
    const [x, step] = [Math.fround(0.0015), Math.fround(0.001)];
    expect(x / step).to.be.below(1.5);
    expect(Math.fround(x / step)).to.equal(1.5);
    expect([...quantize(Float32Array.of(x), step, 0)]).to.deep.equal([2]);
  });

  it('all int8 values come back from their floats, at any scale and zero point', () => {
    const random = Random.of(2).fork('there and back');
    const all = {
      shape: [256],
      data: Array.from({ length: 256 }, (_, i) => i - 128),
      dtype: 'int32' as const,
    };
    for (let turn = 0; turn < 20; turn++) {
      const params = { scale: scale(random), zero_point: zeroPoint(random) };
      const x = runOp('Dequantize', [all], params);
      expect(x.dtype).to.equal('float32');
      x.data.forEach((value, i) =>
        expect(value).to.equal(Math.fround((i - 128 - params.zero_point) * params.scale)),
      );
      expect(runOp('Quantize', [floats(x)], params).data).to.deep.equal(all.data);
    }
    expect([...dequantize(Int8Array.of(-128, 127), 0.5, 127)]).to.deep.equal([-127.5, 0]);
  });

  it('Quantize of Dequantize by other parameters is within a step of Requantize', () => {
    const random = Random.of(4).fork('requantize');
    const q = int8s(random, [200]);
    const from = { x_scale: 0.05, x_zero_point: -3, y_scale: 0.07, y_zero_point: 9 };
    const float = runOp('Dequantize', [q], { scale: from.x_scale, zero_point: from.x_zero_point });
    const wanted = runOp('Quantize', [floats(float)], { scale: from.y_scale, zero_point: from.y_zero_point });
    runOp('Requantize', [q], from).data.forEach((y, i) =>
      expect(Math.abs(y - (wanted.data[i] as number))).to.be.at.most(1),
    );
  });
});
