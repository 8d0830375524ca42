import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { Engine } from '../../engine/engine.js';
import { canFinish, PLAIN, type Epilogue } from '../activations.js';
import type { FastKernel } from '../kernel.js';
import { finishStretched, stretchedEnding } from '../stretched-ending.js';
import { geometryOf, isStockRight, type ConvAttrs, type Geometry } from './geometry.js';

/** A convolution of images [batch, height, width, channels], and how it ends. */
export interface Convolution {
  readonly geometry: Geometry;
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly epilogue: Epilogue;
}

/** A kind of convolution: TensorFlow.js has a plain kernel of each, and one with a bias and an activation. */
export interface Kind {
  readonly plain: string;
  readonly fused: string;
  readonly isDepthwise: boolean;
  readonly run: (engine: Engine, convolution: Convolution, out: TensorInfo) => void;
  /** Sizes that are left to the backend's kernel where it is right. */
  readonly isLeft?: (geometry: Geometry) => boolean;
  readonly reference: FastKernel['reference'];
}

/** Both kernels of a kind; what they say of the backend's kernel is the same. */
export function kernelsOf(
  kind: Kind,
  more: Pick<FastKernel, 'isThreaded' | 'isStockFaster'> = {},
): readonly [plain: FastKernel, fused: FastKernel] {
  const { reference } = kind;
  const shared = { isStockRight: isRight(kind), ...more, reference };
  return [
    {
      ...shared,
      name: kind.plain,
      run: (engine, inputs, attrs) => convolve(engine, kind, inputs, attrs, PLAIN),
    },
    {
      ...shared,
      name: kind.fused,
      run: (engine, inputs, attrs) => {
        const { bias, preluActivationWeights: slopes } = inputs;
        const { activation = 'linear', leakyreluAlpha: alpha = 0.2 } = attrs as unknown as ConvAttrs;
        return convolve(engine, kind, inputs, attrs, { bias, activation, alpha, slopes });
      },
    },
  ];
}

/** Sizes that the backend does right, and those that it refuses. */
export const isRight =
  ({ isDepthwise }: Pick<Kind, 'isDepthwise'>) =>
  ({ x, filter }: NamedTensorInfoMap, attrs: NamedAttrMap): boolean => {
    if (x === undefined || filter === undefined) return true;
    const geometry = geometryOf(x.shape, filter.shape, attrs as unknown as ConvAttrs, isDepthwise);
    return geometry === undefined || isStockRight(geometry);
  };

function convolve(
  engine: Engine,
  { isDepthwise, isLeft, run }: Kind,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
  epilogue: Epilogue,
): TensorInfo | undefined {
  const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
  if (x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  const geometry = geometryOf(x.shape, filter.shape, attrs as unknown as ConvAttrs, isDepthwise);
  if (geometry === undefined) return undefined;
  const isColumns = canFinish(epilogue, geometry.outChannels);
  const places = isColumns ? undefined : stretchedEnding(epilogue, geometry.outShape);
  if (!isColumns && places === undefined) return undefined;
  if (isColumns && isLeft?.(geometry) === true && isStockRight(geometry)) return undefined;
  const out = engine.output(geometry.outShape, 'float32');
  if (geometry.outShape.includes(0)) return out;
  run(engine, { geometry, x, filter, epilogue: isColumns ? epilogue : PLAIN }, out);
  if (places !== undefined) finishStretched(engine, out, epilogue, places);
  return out;
}
