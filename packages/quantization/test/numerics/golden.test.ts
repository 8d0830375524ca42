import { expect } from 'chai';
import { needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import {
  dequantize,
  dequantizeChannels,
  fakeQuantize,
  fakeQuantizeChannels,
  INT8,
  qparams,
  quantize,
  quantizeChannels,
  UINT8,
  type Levels,
  type QParams,
} from '../../src/index.js';
import { expectFloats, numbers } from '../support.js';

const LEVELS: Readonly<Record<string, Levels>> = {
  qint8: INT8,
  quint8: UINT8,
  qint32: { qmin: -(2 ** 31), qmax: 2 ** 31 - 1 },
};

const paramsOf = ({ inputs }: GoldenCase): QParams => ({
  scale: Number(inputs['scale']),
  zeroPoint: Number(inputs['zero_point']),
});
const channelsOf = ({ inputs }: GoldenCase): { scales: Float32Array; zeroPoints: Int32Array } => ({
  scales: Float32Array.from(numbers(inputs, 'scales')),
  zeroPoints: Int32Array.from(numbers(inputs, 'zero_points')),
});
const shapeOf = ({ inputs }: GoldenCase): readonly number[] => (inputs['x'] as { shape: number[] }).shape;

/** What is checked of each operation of PyTorch's file. */
const CHECKS: Readonly<Record<string, (testCase: GoldenCase) => void>> = {
  quantize_per_tensor: (testCase) => {
    const { inputs, outputs } = testCase;
    const levels = { ...(LEVELS[String(inputs['dtype'])] as Levels), by: 'reciprocal' } as const;
    const result = quantize(numbers(inputs, 'x'), paramsOf(testCase), levels);
    expect([...result]).to.deep.equal(numbers(outputs, 'quantized'));
    const back = dequantize(result, paramsOf(testCase));
    expectFloats(back, numbers(outputs, 'dequantized'), 'dequantized');
  },
  quantize_per_channel: (testCase) => {
    const { inputs, outputs } = testCase;
    const levels = { ...(LEVELS[String(inputs['dtype'])] as Levels), by: 'reciprocal' } as const;
    const axis = Number(inputs['axis']);
    const channels = channelsOf(testCase);
    const result = quantizeChannels(numbers(inputs, 'x'), shapeOf(testCase), axis, channels, levels);
    expect([...result]).to.deep.equal(numbers(outputs, 'quantized'));
    const back = dequantizeChannels(result, shapeOf(testCase), axis, channels);
    expectFloats(back, numbers(outputs, 'dequantized'), 'dequantized');
  },
  fake_quantize_per_tensor: (testCase) => {
    const { inputs } = testCase;
    const levels = { qmin: Number(inputs['qmin']), qmax: Number(inputs['qmax']), by: 'reciprocal' } as const;
    checkFake(testCase, fakeQuantize(numbers(inputs, 'x'), paramsOf(testCase), levels));
  },
  fake_quantize_per_channel: (testCase) => {
    const { inputs } = testCase;
    const levels = { qmin: Number(inputs['qmin']), qmax: Number(inputs['qmax']), by: 'reciprocal' } as const;
    const [x, axis] = [numbers(inputs, 'x'), Number(inputs['axis'])];
    checkFake(testCase, fakeQuantizeChannels(x, shapeOf(testCase), axis, channelsOf(testCase), levels));
  },
};

function checkFake({ inputs, outputs }: GoldenCase, { y, passes }: ReturnType<typeof fakeQuantize>): void {
  expectFloats(y, numbers(outputs, 'y'), 'y');
  const upstream = numbers(inputs, 'upstream');
  const gradient = upstream.map((value, i) => value * (passes[i] as number));
  expectFloats(gradient, numbers(outputs, 'grad_x'), 'gradient');
}

describe("quantize, dequantize and fake quantization are PyTorch's, bit for bit", () => {
  const seen: Record<string, number> = {};
  for (const [op, check] of Object.entries(CHECKS)) {
    it(op, function () {
      const cases = needGolden(this, 'a04a_torch_quantization').cases.filter(
        ({ inputs }) => inputs['op'] === op,
      );
      for (const testCase of cases) {
        try {
          check(testCase);
        } catch (error) {
          throw new Error(testCase.name, { cause: error });
        }
      }
      seen[op] = cases.length;
      expect(cases.length).to.be.above(2);
    });
  }
  it('sees all cases of these ops', function () {
    needGolden(this, 'a04a_torch_quantization');
    expect(seen).to.deep.equal({
      quantize_per_tensor: 10,
      quantize_per_channel: 4,
      fake_quantize_per_tensor: 6,
      fake_quantize_per_channel: 3,
    });
  });
});

describe("scales and zero points are ONNX Runtime's", () => {
  it('compute_scale_zp: zero points exact, scales the same float32', function () {
    const cases = needGolden(this, 'a04c_ort_calibration').cases.filter(
      ({ inputs }) => inputs['op'] === 'compute_scale_zp',
    );
    expect(cases.length).to.equal(31);
    for (const { name, inputs, outputs } of cases) {
      const range = { min: Number(inputs['rmin']), max: Number(inputs['rmax']) };
      const found = qparams(range, {
        qmin: Number(inputs['qmin']),
        qmax: Number(inputs['qmax']),
        symmetric: Boolean(inputs['symmetric']),
        epsilon: 'one',
        precision: 'float64',
      });
      expect(found.zeroPoint, name).to.equal(Number(outputs['zero_point']));
      expectFloats([found.scale], [Number(outputs['scale'])], name);
    }
  });
});
