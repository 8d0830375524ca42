import { geometryOf } from '../reference/geometry.js';
import { mean } from '../reference/mean.js';
import { avgPool, maxPool } from '../reference/pools.js';
import type { AttrReader } from './attrs.js';
import { defineOp, type IntegerOp } from './op.js';
import { paramsOf, stageOf } from './params.js';
import { slidingOf } from './sliding.js';

const poolAttrs = (given: AttrReader) => {
  const sliding = slidingOf(given);
  const ksize = given.ints('ksize', 1, 4);
  if (ksize[0] !== 1 || ksize[3] !== 1) given.refuse('ksize', '1 for batch and channels', ksize);
  if (sliding.dilations.some((step) => step !== 1)) {
    given.refuse('dilations', 'none in pools', sliding.dilations);
  }
  // Otherwise a window may lie in padding alone.
  if (sliding.explicit_paddings.some((size, i) => size >= (ksize[i >> 1] as number))) {
    given.refuse('explicit_paddings', 'less than ksize', sliding.explicit_paddings);
  }
  return { ...sliding, ksize };
};

function pool(name: 'AvgPool' | 'MaxPool', reference: typeof avgPool): IntegerOp {
  return defineOp({
    name,
    inputs: ['x'],
    attrs: poolAttrs,
    run: (inputs, attrs) => {
      const [, height, width] = attrs.ksize as readonly [number, number, number];
      const geometry = geometryOf(inputs.shapeOf('x', 4), [height, width], attrs);
      const { batch, outHeight, outWidth, inChannels } = geometry;
      return {
        shape: [batch, outHeight, outWidth, inChannels],
        data: reference(inputs.int8('x'), geometry),
      };
    },
  });
}

const meanAttrs = (given: AttrReader) => {
  const axes = given.ints('axes', -8, undefined);
  // TensorFlow.js hands an empty list over as nothing.
  if (axes.length === 0) given.refuse('axes', 'at least one axis', axes);
  return { ...paramsOf(given), axes, keep_dims: given.flag('keep_dims') };
};

export const POOLS = [
  pool('AvgPool', avgPool),
  pool('MaxPool', maxPool),
  defineOp({
    name: 'Mean',
    inputs: ['x'],
    attrs: meanAttrs,
    run: (inputs, attrs) => {
      const shape = inputs.shape('x');
      const axes = [...new Set(attrs.axes.map((axis) => (axis < 0 ? axis + shape.length : axis)))];
      if (axes.some((axis) => axis < 0 || axis >= shape.length)) {
        inputs.refuse('x', `axes ${attrs.axes.join()}`, `shape [${shape.join()}]`);
      }
      const count = axes.reduce((n, axis) => n * (shape[axis] as number), 1);
      if (count === 0) inputs.refuse('x', 'values to take the mean of', `shape [${shape.join()}]`);
      const real = attrs.x_scale / attrs.y_scale / count;
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return {
        shape: attrs.keep_dims ? kept : kept.filter((_, axis) => !axes.includes(axis)),
        data: mean(inputs.int8('x'), shape, axes, attrs.x_zero_point, stageOf(attrs, real)),
      };
    },
  }),
];
