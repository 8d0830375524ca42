import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs';
import { avgPoolGrad as avgReference, maxPoolGrad as maxReference } from '../../reference/pool.js';
import { sizeOf } from '../../reference/values.js';
import type { Engine } from '../../engine/engine.js';
import { ofOutput, writeGeometry } from '../conv/geometry.js';
import type { FastKernel } from '../kernel.js';
import { poolGeometry, type PoolAttrs } from './geometry.js';

/** The gradient of `tf.maxPool`. */
export const maxPoolGrad: FastKernel = {
  name: 'MaxPoolGrad',
  run: (engine, inputs, attrs) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    return eachImage(engine, dy, input, attrs, (to, image, gradient, sizes) =>
      engine.native.maxPoolGrad(to, engine.address(input) + image, gradient, sizes),
    );
  },
  reference: maxReference,
};

/** The gradient of `tf.avgPool`. */
export const avgPoolGrad: FastKernel = {
  name: 'AvgPoolGrad',
  run: (engine, inputs, attrs) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    return eachImage(engine, dy, input, attrs, (to, _, gradient, sizes) =>
      engine.native.avgPoolGrad(to, gradient, sizes),
    );
  },
  reference: avgReference,
};

/** @param work gets the addresses of an image's gradient and of its outputs', and where the image begins in bytes. */
function eachImage(
  engine: Engine,
  dy: TensorInfo,
  input: TensorInfo,
  attrs: NamedAttrMap,
  work: (to: number, image: number, gradient: number, sizes: number) => void,
): TensorInfo | undefined {
  if (dy.dtype !== 'float32' || input.dtype !== 'float32') return undefined;
  const geometry = ofOutput(poolGeometry(input.shape, attrs as unknown as PoolAttrs), dy.shape);
  if (geometry === undefined) return undefined;
  const out = engine.output(input.shape, 'float32');
  const size = sizeOf(input.shape);
  engine.native.zero(engine.address(out), size);
  if (size === 0 || sizeOf(dy.shape) === 0) return out;
  const sizes = writeGeometry(engine, geometry);
  const [own, others] = [size, sizeOf(dy.shape)].map((all) => (4 * all) / geometry.batchSize) as [
    number,
    number,
  ];
  for (let image = 0; image < geometry.batchSize; image++) {
    work(engine.address(out) + image * own, image * own, engine.address(dy) + image * others, sizes);
  }
  return out;
}
