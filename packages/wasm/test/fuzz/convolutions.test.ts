import type * as tf from '@tensorflow/tfjs';
import { conv2dBackpropFilter, conv2dBackpropInput } from '../../src/reference/conv2d-backprop.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from '../../src/reference/depthwise-backprop.js';
import { depthwiseConv2d } from '../../src/reference/depthwise.js';
import { avgPool, avgPoolGrad } from '../../src/reference/pool.js';
import type { Values } from '../../src/reference/values.js';
import { itHolds, sizesOf, type Sizes } from '../support/fuzz.js';
import { EPSILON, expectKernel, normal, sumBound, useEngine, type Bound } from '../support/tester.js';

/** Attributes of a gradient: TensorFlow.js gives some of them no rounding. */
function gradientAttrs({ attrs }: Sizes, isRounded: boolean, more: object): tf.NamedAttrMap {
  const { dimRoundingMode, ...rest } = attrs;
  return { ...rest, ...(isRounded ? { dimRoundingMode } : {}), ...more } as unknown as tf.NamedAttrMap;
}

describe('random convolutions and poolings', () => {
  before(useEngine);

  itHolds('depthwise convolutions agree with the reference', (dice) => {
    const sizes = sizesOf(dice, 'depthwise');
    if (sizes === undefined) return;
    const { x, filter, attrs, geometry } = sizes;
    const isFused = dice.once(2);
    const activation = dice.pick('linear', 'relu', 'relu6', 'leakyrelu', 'elu', 'sigmoid');
    const bias = dice.pick(undefined, normal([geometry.outChannels], dice.seed));
    const sums = sumBound(depthwiseConv2d, filter[0] * filter[1] + 1);
    // No activation has a slope above 1; sigmoid and elu are off by two units more.
    const bound: Bound = (inputs, given) =>
      sums(inputs, given).map((all) => all.map((each) => each + 4 * EPSILON));
    const all = { ...attrs, ...(isFused ? { activation, leakyreluAlpha: 0.3 } : {}) };
    expectKernel(isFused ? 'FusedDepthwiseConv2D' : 'DepthwiseConv2dNative', {
      inputs: { x: normal(x, dice.seed), filter: normal(filter, dice.seed), ...(isFused ? { bias } : {}) },
      attrs: all as unknown as tf.NamedAttrMap,
      bound,
      mayDecline: true,
    });
  });

  itHolds('gradients of convolutions agree with the reference', (dice) => {
    const sizes = sizesOf(dice, 'plain');
    if (sizes === undefined) return;
    const { x, filter, geometry } = sizes;
    const [dy, isRounded] = [normal(geometry.outShape, dice.seed), dice.once(2)];
    const pixels = geometry.batchSize * geometry.outHeight * geometry.outWidth;
    expectKernel('Conv2DBackpropFilter', {
      inputs: { x: normal(x, dice.seed), dy },
      attrs: gradientAttrs(sizes, isRounded, { filterShape: filter }),
      bound: sumBound(conv2dBackpropFilter, pixels),
    });
    expectKernel('Conv2DBackpropInput', {
      inputs: { dy, filter: normal(filter, dice.seed) },
      attrs: gradientAttrs(sizes, isRounded, { inputShape: x }),
      bound: sumBound(conv2dBackpropInput, filter[0] * filter[1] * (filter[3] + 1)),
    });
  });

  itHolds('gradients of depthwise convolutions agree with the reference', (dice) => {
    const sizes = sizesOf(dice, 'depthwise');
    if (sizes === undefined) return;
    const { x, filter, geometry } = sizes;
    const [dy, isRounded] = [normal(geometry.outShape, dice.seed), dice.once(2)];
    const pixels = geometry.batchSize * geometry.outHeight * geometry.outWidth;
    expectKernel('DepthwiseConv2dNativeBackpropFilter', {
      inputs: { x: normal(x, dice.seed), dy },
      attrs: gradientAttrs(sizes, isRounded, { filterShape: filter }),
      bound: sumBound(depthwiseBackpropFilter, pixels),
    });
    expectKernel('DepthwiseConv2dNativeBackpropInput', {
      inputs: { dy, filter: normal(filter, dice.seed) },
      attrs: gradientAttrs(sizes, isRounded, { inputShape: x }),
      bound: sumBound(depthwiseBackpropInput, filter[0] * filter[1] * filter[3]),
    });
  });

  itHolds('poolings and their gradients agree with the reference', (dice) => {
    const sizes = sizesOf(dice, 'depthwise');
    if (sizes === undefined || [sizes.attrs.dilations].flat().some((step) => step !== 1)) return;
    const { x, filter, geometry } = sizes;
    const [input, taps] = [normal(x, dice.seed), filter[0] * filter[1]];
    const windows = { filterSize: filter.slice(0, 2) };
    const attrs = { ...sizes.attrs, ...windows } as unknown as tf.NamedAttrMap;
    const exact: Bound = () => [new Float64Array(geometry.outShape.reduce((a, b) => a * b, 1))];
    expectKernel('MaxPool', { inputs: { x: input }, attrs, bound: exact, mayDecline: true });
    expectKernel('AvgPool', {
      inputs: { x: input },
      attrs,
      bound: sumBound(avgPool, taps),
      mayDecline: true,
    });
    const dy = normal([...geometry.outShape.slice(0, 3), x[3]], dice.seed);
    const all = sumBound(avgPoolGrad, taps);
    // The largest of the magnitudes is another: what is added up is a part of the average's whole.
    const whole: Bound = (given, rest) => all(given, rest).map((each) => each.map((bound) => bound * taps));
    const given = gradientAttrs(sizes, dice.once(2), windows);
    const output: Values = dy;
    expectKernel('AvgPoolGrad', { inputs: { dy, input }, attrs: given, bound: all });
    expectKernel('MaxPoolGrad', { inputs: { dy, input, output }, attrs: given, bound: whole });
  });
});
