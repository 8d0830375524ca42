import type { TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import {
  batchNorm as batchReference,
  gelu as geluReference,
  layerNorm as layerReference,
} from '../../reference/norm.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

/** `tf.batchNorm` over the last axis, and with the mean and variance of each number that layer norms of tf.layers give. */
export const fusedBatchNorm: FastKernel = {
  name: 'FusedBatchNorm',
  run: (engine, inputs, attrs) => {
    const { x, mean, variance, offset, scale } = inputs as Record<'x' | 'mean' | 'variance', TensorInfo> & {
      readonly offset?: TensorInfo;
      readonly scale?: TensorInfo;
    };
    const { varianceEpsilon } = attrs as unknown as { readonly varianceEpsilon: number };
    const all = [x, mean, variance, offset, scale].filter((each) => each !== undefined);
    const columns = x.shape.at(-1) ?? 1;
    const kind = kindOf(mean, x, columns);
    const fits =
      all.every(({ dtype }) => dtype === 'float32') &&
      kind !== undefined &&
      kind === kindOf(variance, x, columns) &&
      [offset, scale].every((each) => each === undefined || kindOf(each, x, columns) === 'column');
    if (!fits) return undefined;
    const out = engine.output(x.shape, 'float32');
    const size = sizeOf(x.shape);
    if (size === 0) return out;
    engine.native.batchNorm(
      engine.address(out),
      engine.address(x),
      size / columns,
      columns,
      engine.address(mean),
      engine.address(variance),
      offset === undefined ? filled(engine, 'offset', columns, 0) : engine.address(offset),
      scale === undefined ? filled(engine, 'scale', columns, 1) : engine.address(scale),
      varianceEpsilon,
      kind === 'each' ? 1 : 0,
      engine.scratch.take('norm', 4 * columns + 12),
    );
    return out;
  },
  reference: batchReference,
};

/** Whether there is one number for each column, or one for each number of x. */
function kindOf({ shape }: TensorInfo, x: TensorInfo, columns: number): 'column' | 'each' | undefined {
  const size = sizeOf(shape);
  if (size === columns && (shape.at(-1) ?? 1) === columns) return 'column';
  return shape.join() === x.shape.join() ? 'each' : undefined;
}

function filled(engine: Engine, slot: string, count: number, value: 0 | 1): number {
  const to = engine.scratch.take(slot, 4 * count);
  engine.native.zero(to, count);
  if (value === 1) engine.native.unary(to, to, count, EXP);
  return to;
}

/** Numbers of functions in `assembly/elementwise/unary.ts`: e⁰ is 1. */
const EXP = 0;
const GELU = 6;
const GELU_TANH = 7;

/** A layer norm over the last axis as one op. */
export const layerNorm: FastKernel = {
  name: 'TfjsOptimizeLayerNorm',
  run: (engine, inputs, attrs) => {
    const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', TensorInfo>;
    const { epsilon } = attrs as unknown as { readonly epsilon: number };
    const columns = x.shape.at(-1) ?? 1;
    if ([x, gamma, beta].some(({ dtype }) => dtype !== 'float32')) return undefined;
    if ([gamma, beta].some(({ shape }) => sizeOf(shape) !== columns)) return undefined;
    const out = engine.output(x.shape, 'float32');
    if (sizeOf(x.shape) === 0) return out;
    const [to, from, scale, shift] = [out, x, gamma, beta].map((each) => engine.address(each)) as [
      number,
      number,
      number,
      number,
    ];
    engine.native.layerNorm(to, from, sizeOf(x.shape) / columns, columns, scale, shift, epsilon);
    return out;
  },
  reference: layerReference,
};

/** GELU as one op. */
export const gelu: FastKernel = {
  name: 'TfjsOptimizeGelu',
  run: (engine, inputs, attrs) => {
    const { x } = inputs as { x: TensorInfo };
    const { approximate } = attrs as unknown as { readonly approximate: boolean };
    if (x.dtype !== 'float32') return undefined;
    const out = engine.output(x.shape, 'float32');
    const kind = approximate ? GELU_TANH : GELU;
    engine.native.unary(engine.address(out), engine.address(x), sizeOf(x.shape), kind);
    return out;
  },
  reference: geluReference,
};
