import { dynamicConv2D } from '../reference/dynamic-conv.js';
import { dynamicAttrs, epilogueOf } from './dynamic-params.js';
import { defineOp, type IntegerOp } from './op.js';
import { slidingOf } from './sliding.js';
import { windowsOf } from './windows.js';

function convolution(name: 'DynamicConv2D' | 'DynamicDepthwiseConv2D', isDepthwise: boolean): IntegerOp {
  return defineOp({
    name,
    inputs: ['x', 'filter', 'scales', 'bias'],
    optional: 1,
    attrs: (given) => ({ ...dynamicAttrs(given), ...slidingOf(given) }),
    run: (inputs, attrs) => {
      const { geometry, channels, shape } = windowsOf(inputs, attrs, isDepthwise);
      const epilogue = epilogueOf(inputs, attrs, channels.outputs);
      const filter = inputs.weight('filter');
      return {
        shape,
        data: dynamicConv2D(inputs.floats('x'), filter, geometry, channels, attrs, epilogue),
      };
    },
  });
}

export const DYNAMIC_CONVOLUTIONS = [
  convolution('DynamicConv2D', false),
  convolution('DynamicDepthwiseConv2D', true),
];
