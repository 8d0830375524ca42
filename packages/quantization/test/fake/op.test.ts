import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, Random } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, needGolden } from '@tfjs-optimize/testing';
import { fakeQuant, fakeQuantize, fakeQuantizeChannels, insertFakeQuant } from '../../src/index.js';
import { expectFloats, numbers } from '../support.js';

const random = Random.of(3);
const values = Float32Array.from({ length: 3 * 4 * 5 }, () => random.normal(0, 2));

describe('fakeQuant', () => {
  it("has PyTorch's values and gradients, bit for bit", function () {
    const cases = needGolden(this, 'a04a_torch_quantization').cases.filter(({ inputs }) =>
      String(inputs['op']).startsWith('fake_quantize'),
    );
    expect(cases.length).to.equal(9);
    for (const { name, inputs, outputs } of cases) {
      const perTensor = inputs['scale'] !== undefined;
      const params = {
        qmin: Number(inputs['qmin']),
        qmax: Number(inputs['qmax']),
        by: 'reciprocal' as const,
        scales: perTensor ? [Number(inputs['scale'])] : numbers(inputs, 'scales'),
        zeroPoints: perTensor ? [Number(inputs['zero_point'])] : numbers(inputs, 'zero_points'),
        ...(perTensor ? {} : { axes: [Number(inputs['axis'])] }),
      };
      tf.tidy(() => {
        const x = tf.tensor(numbers(inputs, 'x'), (inputs['x'] as { shape: number[] }).shape);
        const upstream = tf.tensor(numbers(inputs, 'upstream'), x.shape);
        const { value, grads } = tf.valueAndGrads((t: tf.Tensor) =>
          tf.sum(tf.mul(fakeQuant(t, params), upstream)),
        )([x]);
        expect(Number.isFinite(value.dataSync()[0])).to.equal(true);
        expectFloats(fakeQuant(x, params).dataSync(), numbers(outputs, 'y'), `${name} y`);
        expectFloats((grads[0] as tf.Tensor).dataSync(), numbers(outputs, 'grad_x'), `${name} gradient`);
      });
    }
  });

  for (const rounding of ['even', 'away'] as const) {
    it(`is what arrays give, bit for bit: ${rounding}`, () => {
      const x = Float32Array.from([...values, 0.49999997, -0.49999997, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5]);
      const options = { qmin: -8, qmax: 7, rounding };
      const whole = fakeQuant(tf.tensor(x), { ...options, scales: [1], zeroPoints: [-3] });
      const expected = fakeQuantize(x, { scale: 1, zeroPoint: -3 }, options).y;
      expectFloats(whole.dataSync(), expected, 'one scale');
      const scales = Float32Array.from([0.1, 0.25, 0.3, 1.7]);
      const zeroPoints = Int32Array.from([0, 1, -2, 3]);
      const channels = fakeQuant(tf.tensor(values, [3, 4, 5]), {
        ...options,
        scales: [...scales],
        zeroPoints: [...zeroPoints],
        axes: [1],
      });
      const byChannel = fakeQuantizeChannels(values, [3, 4, 5], 1, { scales, zeroPoints }, options).y;
      expectFloats(channels.dataSync(), byChannel, 'a scale for each channel');
      tf.dispose([whole, channels]);
    });
  }

  it('takes symmetric scales from the tensor where none are given; a channel of zeros stays', () => {
    tf.tidy(() => {
      const x = tf.tensor([1, -0.5, 0.3, 0, 0, 0], [2, 3]);
      const y = fakeQuant(x, { qmin: -127, qmax: 127, axes: [0] }).dataSync();
      expectFloats(y, [1, -64 * Math.fround(1 / 127), 38 * Math.fround(1 / 127), 0, 0, 0], 'y');
    });
  });

  it('leaves no tensors and refuses scales that do not fit', async () => {
    const x = tf.ones([2, 3]);
    await expectNoLeak(() => tf.dispose(fakeQuant(x, { qmin: 0, qmax: 15, scales: [1] })));
    await expectNoLeak(() =>
      tf.dispose(tf.grad((t) => fakeQuant(t, { qmin: -7, qmax: 7, axes: [1], rounding: 'away' }))(x)),
    );
    await expectCode('argument/invalid', () =>
      tf.tidy(() => fakeQuant(x, { qmin: 0, qmax: 15, scales: [1, 2], axes: [1] })),
    );
    x.dispose();
  });
});

describe('insertFakeQuant', () => {
  it('quantizes a value for some readers, or for all and the outputs', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    const half = b.constant('half', 0.5);
    b.output(b.op('Mul', [x, half], {}, 'a')).output(b.op('AddV2', [x, half], {}, 'b'));
    const model = b.build();
    const params = { qmin: -8, qmax: 7, scales: [1] };
    const some = insertFakeQuant(model, [
      { value: 'x', users: new Set(['a']), params },
      { value: 'b', params },
    ]);
    tf.tidy(() => {
      const given = tf.tensor([0.75, 3.2, 20]);
      const [a, sum] = some.run(given);
      expect([...(a as tf.Tensor).dataSync()]).to.deep.equal([0.5, 1.5, 3.5]);
      expect([...(sum as tf.Tensor).dataSync()]).to.deep.equal([1, 4, 7]);
    });
    expect(some.signature.outputs.map(({ key }) => key)).to.deep.equal(['a', 'b']);
    some.dispose();
  });
});
