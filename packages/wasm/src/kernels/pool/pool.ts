import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { avgPool as avgReference, maxPool as maxReference } from '../../reference/pool.js';
import { sizeOf } from '../../reference/values.js';
import { requireFit, writeGeometry, type Geometry } from '../conv/geometry.js';
import type { FastKernel } from '../kernel.js';
import { isPoolRight, poolGeometry, type PoolAttrs } from './geometry.js';

/** `tf.maxPool` of sizes that the backend gets wrong; the others are at the rate of memory there. */
export const maxPool: FastKernel = {
  name: 'MaxPool',
  run: (engine, inputs, attrs) =>
    eachImage(engine, inputs, geometryOf('maxPool', inputs, attrs), (to, image, sizes) =>
      engine.native.maxPool(to, image, sizes),
    ),
  isStockRight: (inputs, attrs) => isRight('maxPool', inputs, attrs),
  reference: maxReference,
};

/** `tf.avgPool` of sizes that the backend gets wrong. */
export const avgPool: FastKernel = {
  name: 'AvgPool',
  run: (engine, inputs, attrs) =>
    eachImage(engine, inputs, geometryOf('avgPool', inputs, attrs), (to, image, sizes) =>
      engine.native.avgPool(to, image, sizes),
    ),
  isStockRight: (inputs, attrs) => isRight('avgPool', inputs, attrs),
  reference: avgReference,
};

/** The backend's kernel refuses whole numbers. */
function isRight(name: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): boolean {
  return inputs['x']?.dtype !== 'float32' || isPoolRight(geometryOf(name, inputs, attrs));
}

/** @throws where a window does not fit into its image. */
function geometryOf(name: string, { x }: NamedTensorInfoMap, attrs: NamedAttrMap): Geometry {
  const given = attrs as unknown as PoolAttrs;
  const geometry = poolGeometry((x as TensorInfo).shape, given);
  requireFit(name, geometry, given.pad);
  return geometry;
}

/** @param work gets the addresses of an image's outputs, of the image, and of the sizes. */
function eachImage(
  engine: Engine,
  { x }: NamedTensorInfoMap,
  geometry: Geometry,
  work: (to: number, image: number, sizes: number) => void,
): TensorInfo | undefined {
  const { batchSize, outShape } = geometry;
  const input = x as TensorInfo;
  if (input.dtype !== 'float32' || isPoolRight(geometry)) return undefined;
  const out = engine.output(outShape, 'float32');
  if (outShape.includes(0)) return out;
  const sizes = writeGeometry(engine, geometry);
  const [own, others] = [sizeOf(outShape) / batchSize, sizeOf(input.shape) / batchSize];
  for (let image = 0; image < batchSize; image++) {
    work(engine.address(out) + 4 * image * own, engine.address(input) + 4 * image * others, sizes);
  }
  return out;
}
