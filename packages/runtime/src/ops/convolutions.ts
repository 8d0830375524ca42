import { conv2d, depthwiseConv2d } from '../reference/convolution.js';
import { geometryOf } from '../reference/geometry.js';
import type { AttrReader } from './attrs.js';
import { defineOp } from './op.js';
import { paramsOf, stageOf } from './params.js';
import { slidingOf } from './sliding.js';

const convAttrs = (given: AttrReader) => ({ ...paramsOf(given), ...slidingOf(given) });
const convInputs = { inputs: ['x', 'filter', 'scales', 'bias'], optional: 1 } as const;

export const CONVOLUTIONS = [
  defineOp({
    name: 'Conv2D',
    ...convInputs,
    attrs: convAttrs,
    run: (inputs, attrs) => {
      const x = inputs.shapeOf('x', 4);
      const [height, width, perGroup, channels] = inputs.shapeOf('filter', 4) as [
        number,
        number,
        number,
        number,
      ];
      const geometry = geometryOf(x, [height, width], attrs);
      const groups = geometry.inChannels / perGroup;
      if (!Number.isInteger(groups) || channels % groups !== 0) {
        inputs.refuse(
          'filter',
          `channels in and out in groups, for ${geometry.inChannels}`,
          `${perGroup} in and ${channels} out`,
        );
      }
      const multipliers = inputs.multipliers('scales', channels, attrs.x_scale, attrs.y_scale, false);
      const data = conv2d(
        inputs.int8('x'),
        inputs.int8('filter'),
        inputs.bias(channels),
        geometry,
        channels,
        groups,
        attrs.x_zero_point,
        stageOf(attrs, multipliers),
      );
      return { shape: [geometry.batch, geometry.outHeight, geometry.outWidth, channels], data };
    },
  }),
  defineOp({
    name: 'DepthwiseConv2D',
    ...convInputs,
    attrs: convAttrs,
    run: (inputs, attrs) => {
      const x = inputs.shapeOf('x', 4);
      const [height, width, own, multiplier] = inputs.shapeOf('filter', 4) as [
        number,
        number,
        number,
        number,
      ];
      const geometry = geometryOf(x, [height, width], attrs);
      const { inChannels } = geometry;
      if (own !== inChannels) inputs.refuse('filter', `${inChannels} channels, as x has`, `${own}`);
      const channels = inChannels * multiplier;
      const multipliers = inputs.multipliers('scales', channels, attrs.x_scale, attrs.y_scale, false);
      const data = depthwiseConv2d(
        inputs.int8('x'),
        inputs.int8('filter'),
        inputs.bias(channels),
        geometry,
        multiplier,
        attrs.x_zero_point,
        stageOf(attrs, multipliers),
      );
      return { shape: [geometry.batch, geometry.outHeight, geometry.outWidth, channels], data };
    },
  }),
];
