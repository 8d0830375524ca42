import { expect } from 'chai';
import { needGolden, type GoldenCase } from '@tfjs-optimize/testing';
import {
  ChannelWatcher,
  channelQParams,
  INT8,
  observers,
  qparams,
  reduceLevels,
  UINT8,
  watch,
  type Levels,
  type Observer,
  type QParamsOptions,
  type Range,
} from '../../src/index.js';
import { Histogram } from '../../src/observers/histogram.js';
import { scan } from '../../src/observers/watch.js';
import { batchesOf, expectNear, numbers } from '../support.js';

/** What an observer finds of all batches of a case, in order. */
function rangeBy(observer: Observer, testCase: GoldenCase): Range {
  const watcher = watch(observer);
  for (const { values } of batchesOf(testCase)) watcher.observe(values, scan(values));
  return watcher.range();
}

/** All batches of a case as one, as ONNX Runtime's histograms take them. */
function rangeOfAll(observer: Observer, testCase: GoldenCase): Range {
  const watcher = watch(observer);
  const all = Float32Array.from(batchesOf(testCase).flatMap(({ values }) => [...values]));
  watcher.observe(all, scan(all));
  return watcher.range();
}

/** Levels and kind of PyTorch's observers. */
function qparamsOptions({ inputs }: GoldenCase): QParamsOptions {
  const byte = inputs['dtype'] === 'qint8' ? INT8 : UINT8;
  const whole: Levels =
    inputs['quant_min'] === undefined
      ? byte
      : { qmin: Number(inputs['quant_min']), qmax: Number(inputs['quant_max']) };
  const levels = inputs['reduce_range'] === true ? reduceLevels(whole) : whole;
  return { ...levels, symmetric: inputs['qscheme'] === 'symmetric' };
}

function checkParams(testCase: GoldenCase, range: Range): void {
  const { outputs, name } = testCase;
  const options = qparamsOptions(testCase);
  expect(options.qmin, name).to.equal(outputs['quant_min']);
  expect(options.qmax, name).to.equal(outputs['quant_max']);
  const { scale, zeroPoint } = qparams(range, options);
  expectNear([scale], numbers(outputs, 'scale'), `${name} scale`);
  expect(zeroPoint, name).to.equal(numbers(outputs, 'zero_point')[0]);
}

function torchCases(context: Mocha.Context, op: string, count: number): GoldenCase[] {
  const cases = needGolden(context, 'a04a_torch_quantization').cases.filter(
    ({ inputs }) => inputs['op'] === op,
  );
  expect(cases.length).to.equal(count);
  return cases;
}

describe("observers find PyTorch's ranges: integers exact, floats to 1e-6", () => {
  it('MinMaxObserver', function () {
    for (const testCase of torchCases(this, 'MinMaxObserver', 18)) {
      const { outputs, name } = testCase;
      // PyTorch refuses unsigned symmetric levels of one bit less; here they are what they are.
      if (outputs['error'] !== undefined) continue;
      const range = rangeBy(observers.minMax(), testCase);
      expectNear([range.min], numbers(outputs, 'observed_min'), name);
      expectNear([range.max], numbers(outputs, 'observed_max'), name);
      checkParams(testCase, range);
    }
  });
  it('MovingAverageMinMaxObserver', function () {
    for (const testCase of torchCases(this, 'MovingAverageMinMaxObserver', 5)) {
      const { inputs, outputs, name } = testCase;
      const constant = Number(inputs['averaging_constant'] ?? 0.01);
      const range = rangeBy(observers.movingAverage({ constant }), testCase);
      expectNear([range.min], numbers(outputs, 'observed_min'), name);
      expectNear([range.max], numbers(outputs, 'observed_max'), name);
      checkParams(testCase, range);
    }
  });
  it('PerChannelMinMaxObserver', function () {
    for (const testCase of torchCases(this, 'PerChannelMinMaxObserver', 7)) {
      const { inputs, outputs, name } = testCase;
      const watcher = new ChannelWatcher(Number(inputs['ch_axis']));
      for (const { values, shape } of batchesOf(testCase)) watcher.observe(values, shape);
      const { scales, zeroPoints } = channelQParams(watcher.ranges(), qparamsOptions(testCase));
      expectNear(scales, numbers(outputs, 'scale'), name);
      expect([...zeroPoints], name).to.deep.equal(numbers(outputs, 'zero_point'));
    }
  });
  it('HistogramObserver, and its bins exactly', function () {
    for (const testCase of torchCases(this, 'HistogramObserver', 8)) {
      const { inputs, outputs, name } = testCase;
      const bins = Number(inputs['bins']);
      const histogram = new Histogram(bins);
      for (const { values } of batchesOf(testCase)) histogram.add(values, scan(values));
      if (outputs['histogram'] !== undefined) {
        expect([...histogram.counts], name).to.deep.equal(numbers(outputs, 'histogram'));
      }
      const range = rangeBy(observers.histogram({ bins }), testCase);
      expectNear([range.min], numbers(outputs, 'search_min'), name);
      expectNear([range.max], numbers(outputs, 'search_max'), name);
      checkParams(testCase, range);
    }
  });
});

describe("observers find ONNX Runtime's thresholds to 1e-6", () => {
  const makers: Readonly<Record<string, (testCase: GoldenCase) => Range>> = {
    minmax: (testCase) => {
      const { inputs } = testCase;
      if (inputs['moving_average'] === true) {
        return rangeBy(observers.movingAverage({ constant: 'mean' }), testCase);
      }
      return rangeBy(observers.minMax({ symmetric: inputs['symmetric'] === true }), testCase);
    },
    percentile: (testCase) => {
      const { inputs } = testCase;
      const [percentile, bins] = [Number(inputs['percentile']), Number(inputs['num_bins'])];
      const symmetric = Boolean(inputs['symmetric']);
      return rangeOfAll(observers.percentile({ percentile, bins, symmetric }), testCase);
    },
    entropy: (testCase) => {
      const { inputs } = testCase;
      const [levels, bins] = [Number(inputs['num_quantized_bins']), Number(inputs['num_bins'])];
      return rangeOfAll(observers.entropy({ bins, levels }), testCase);
    },
  };
  for (const [op, make] of Object.entries(makers)) {
    it(op, function () {
      const cases = needGolden(this, 'a04c_ort_calibration').cases.filter(
        ({ inputs }) => inputs['op'] === op,
      );
      expect(cases.length).to.be.above(3);
      for (const testCase of cases) {
        const { min, max } = make(testCase);
        const { lowest, highest } = testCase.outputs;
        expectNear([min, max], [Number(lowest), Number(highest)], testCase.name);
      }
    });
  }
});
