import { conv2d } from '../reference/convolution.js';
import { defineOp, type IntegerOp } from './op.js';
import { paramsOf, stageOf } from './params.js';
import { slidingOf } from './sliding.js';
import { windowsOf } from './windows.js';

function convolution(name: 'Conv2D' | 'DepthwiseConv2D', isDepthwise: boolean): IntegerOp {
  return defineOp({
    name,
    inputs: ['x', 'filter', 'scales', 'bias'],
    optional: 1,
    attrs: (given) => ({ ...paramsOf(given), ...slidingOf(given) }),
    run: (inputs, attrs) => {
      const { geometry, channels, shape } = windowsOf(inputs, attrs, isDepthwise);
      const { groups, outputs } = channels;
      const multipliers = inputs.multipliers('scales', outputs, attrs.x_scale, attrs.y_scale, false);
      const data = conv2d(
        inputs.int8('x'),
        inputs.int8('filter'),
        inputs.bias(outputs),
        geometry,
        outputs,
        groups,
        attrs.x_zero_point,
        stageOf(attrs, multipliers),
      );
      return { shape, data };
    },
  });
}

export const CONVOLUTIONS = [convolution('Conv2D', false), convolution('DepthwiseConv2D', true)];
