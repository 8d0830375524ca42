import { dynamicConv2D } from '../reference/dynamic-conv.js';
import { geometryOf } from '../reference/geometry.js';
import { dynamicAttrs, epilogueOf } from './dynamic-params.js';
import { defineOp, type IntegerOp } from './op.js';
import { slidingOf } from './sliding.js';

function convolution(name: 'DynamicConv2D' | 'DynamicDepthwiseConv2D', isDepthwise: boolean): IntegerOp {
  return defineOp({
    name,
    inputs: ['x', 'filter', 'scales', 'bias'],
    optional: 1,
    attrs: (given) => ({ ...dynamicAttrs(given), ...slidingOf(given) }),
    run: (inputs, attrs) => {
      const filter = inputs.shapeOf('filter', 4) as [number, number, number, number];
      const [height, width, own, last] = filter;
      const geometry = geometryOf(inputs.shapeOf('x', 4), [height, width], attrs);
      const { batch, inChannels, outHeight, outWidth } = geometry;
      const groups = isDepthwise ? inChannels : inChannels / own;
      const outputs = isDepthwise ? own * last : last;
      const fits = isDepthwise ? own === inChannels : Number.isInteger(groups) && last % groups === 0;
      if (!fits) inputs.refuse('filter', `channels for ${inChannels} of x`, `[${filter.join()}]`);
      const data = dynamicConv2D(
        inputs.floats('x'),
        inputs.weight('filter'),
        geometry,
        { groups, outputs },
        attrs,
        epilogueOf(inputs, attrs, outputs),
      );
      return { shape: [batch, outHeight, outWidth, outputs], data };
    },
  });
}

export const DYNAMIC_CONVOLUTIONS = [
  convolution('DynamicConv2D', false),
  convolution('DynamicDepthwiseConv2D', true),
];
