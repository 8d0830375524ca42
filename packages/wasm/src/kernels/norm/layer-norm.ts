import type { TensorInfo } from '@tensorflow/tfjs';
import { layerNorm as reference } from '../../reference/norm.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

/** Name of the kernel, and of the op in graphs. */
export const LAYER_NORM = 'TfjsOptimizeLayerNorm';

/** (x − mean) · scale / √(variance + epsilon) + offset with the mean and variance of each row along the last axis. */
export const layerNorm: FastKernel = {
  name: LAYER_NORM,
  run: (engine, inputs, attrs) => {
    const { x, scale, offset } = inputs as { x: TensorInfo; scale: TensorInfo; offset: TensorInfo };
    const columns = x.shape.at(-1);
    if ([x, scale, offset].some(({ dtype }) => dtype !== 'float32')) return undefined;
    if (columns === undefined || [scale, offset].some(({ shape }) => sizeOf(shape) !== columns))
      return undefined;
    const out = engine.output(x.shape, 'float32');
    const rows = sizeOf(x.shape.slice(0, -1));
    const { epsilon } = attrs as unknown as { readonly epsilon: number };
    const [to, from] = [engine.address(out), engine.address(x)];
    const [factors, shifts] = [engine.address(scale), engine.address(offset)];
    if (columns > 0) engine.native.layerNorm(to, from, rows, columns, factors, shifts, epsilon);
    return out;
  },
  reference,
};
