import { dynamicConv2D, dynamicDepthwiseConv2D } from '../reference/dynamic-conv.js';
import { geometryOf, type Geometry } from '../reference/geometry.js';
import type { AttrReader } from './attrs.js';
import { dynamicAttrs, epilogueOf } from './dynamic-params.js';
import { defineOp } from './op.js';
import { slidingOf } from './sliding.js';

const convolution = {
  inputs: ['x', 'filter', 'scales', 'bias'],
  optional: 1,
  attrs: (given: AttrReader) => ({ ...dynamicAttrs(given), ...slidingOf(given) }),
} as const;

const shapeOf = ({ batch, outHeight, outWidth }: Geometry, channels: number): readonly number[] => [
  batch,
  outHeight,
  outWidth,
  channels,
];

export const DYNAMIC_CONVOLUTIONS = [
  defineOp({
    name: 'DynamicConv2D',
    ...convolution,
    run: (operands, attrs) => {
      const filter = operands.shapeOf('filter', 4);
      const [height, width, inputs, outputs] = filter as [number, number, number, number];
      const geometry = geometryOf(operands.shapeOf('x', 4), [height, width], attrs);
      const groups = geometry.inChannels / inputs;
      if (!Number.isInteger(groups) || outputs % groups !== 0) {
        const expected = `channels in and out in groups, for ${geometry.inChannels}`;
        operands.refuse('filter', expected, `${inputs} in and ${outputs} out`);
      }
      const data = dynamicConv2D(
        ...([operands.floats('x'), operands.weight('filter'), geometry, { inputs, outputs }, attrs] as const),
        epilogueOf(operands, attrs, outputs),
      );
      return { shape: shapeOf(geometry, outputs), data };
    },
  }),
  defineOp({
    name: 'DynamicDepthwiseConv2D',
    ...convolution,
    run: (operands, attrs) => {
      const filter = operands.shapeOf('filter', 4);
      const [height, width, own, multiplier] = filter as [number, number, number, number];
      const geometry = geometryOf(operands.shapeOf('x', 4), [height, width], attrs);
      const { inChannels } = geometry;
      if (own !== inChannels) operands.refuse('filter', `${inChannels} channels, as x has`, `${own}`);
      const outputs = inChannels * multiplier;
      const data = dynamicDepthwiseConv2D(
        ...([operands.floats('x'), operands.weight('filter'), geometry, multiplier, attrs] as const),
        epilogueOf(operands, attrs, outputs),
      );
      return { shape: shapeOf(geometry, outputs), data };
    },
  }),
];
