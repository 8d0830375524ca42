import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import {
  depthwiseBackpropFilter as filterReference,
  depthwiseBackpropInput as inputReference,
} from '../../reference/depthwise-backprop.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';
import { geometryOf, ofOutput, writeGeometry, type ConvAttrs, type Geometry } from './geometry.js';

/** The gradient of a depthwise convolution by its filter. */
export const depthwiseBackpropFilter: FastKernel = {
  name: 'DepthwiseConv2dNativeBackpropFilter',
  run: (engine, inputs, attrs) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = attrs as unknown as { filterShape: number[] };
    const geometry = of(x, dy, x.shape, filterShape, attrs);
    if (geometry === undefined) return undefined;
    const out = cleared(engine, filterShape);
    eachImage(engine, geometry, (sizes, image, gradient) =>
      engine.native.depthwiseFilterGrad(
        engine.address(out),
        engine.address(x) + image,
        engine.address(dy) + gradient,
        sizes,
        filterShape[3] as number,
      ),
    );
    return out;
  },
  reference: filterReference,
};

/** The gradient of a depthwise convolution by its input. */
export const depthwiseBackpropInput: FastKernel = {
  name: 'DepthwiseConv2dNativeBackpropInput',
  run: (engine, inputs, attrs) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrs as unknown as { inputShape: number[] };
    const geometry = of(filter, dy, inputShape, filter.shape, attrs);
    if (geometry === undefined) return undefined;
    const out = cleared(engine, inputShape);
    eachImage(engine, geometry, (sizes, image, gradient) =>
      engine.native.depthwiseInputGrad(
        engine.address(out) + image,
        engine.address(filter),
        engine.address(dy) + gradient,
        sizes,
        filter.shape[3] as number,
      ),
    );
    return out;
  },
  reference: inputReference,
};

function of(
  a: TensorInfo,
  dy: TensorInfo,
  input: readonly number[],
  filter: readonly number[],
  attrs: NamedAttrMap,
): Geometry | undefined {
  if (a.dtype !== 'float32' || dy.dtype !== 'float32') return undefined;
  return ofOutput(geometryOf(input, filter, attrs as unknown as ConvAttrs, true), dy.shape);
}

function cleared(engine: Engine, shape: readonly number[]): TensorInfo {
  const out = engine.output([...shape], 'float32');
  engine.native.zero(engine.address(out), sizeOf(shape));
  return out;
}

/** @param work gets the sizes in memory, and where an image and its outputs' gradient begin, in bytes. */
function eachImage(
  engine: Engine,
  geometry: Geometry,
  work: (sizes: number, image: number, gradient: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = geometry;
  const sizes = writeGeometry(engine, geometry);
  for (let i = 0; i < batchSize; i++) {
    work(sizes, 4 * i * inHeight * inWidth * inChannels, 4 * i * outHeight * outWidth * outChannels);
  }
}
