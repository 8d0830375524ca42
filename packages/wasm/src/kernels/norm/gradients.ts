import type { TensorInfo } from '@tensorflow/tfjs';
import { batchNormSums as reference } from '../../reference/norm.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

/** Name of the kernel. */
export const BATCH_NORM_SUMS = 'TfjsOptimizeBatchNormSums';

/** Of each channel, the sums of dy and of dy · (x − mean): what gradients of a batch normalization are made of. */
export const batchNormSums: FastKernel = {
  name: BATCH_NORM_SUMS,
  run: (engine, inputs) => {
    const { dy, x, mean } = inputs as { dy: TensorInfo; x: TensorInfo; mean: TensorInfo };
    const channels = sizeOf(mean.shape);
    if ([dy, x, mean].some(({ dtype }) => dtype !== 'float32') || x.shape.at(-1) !== channels)
      return undefined;
    if (sizeOf(x.shape) !== sizeOf(dy.shape)) return undefined;
    const out = [engine.output([channels], 'float32'), engine.output([channels], 'float32')] as const;
    const rows = channels === 0 ? 0 : sizeOf(x.shape) / channels;
    const work = engine.scratch.take('sums', 8 * channels);
    const [sums, products, ofDy, ofX, ofMean] = [...out, dy, x, mean].map((each) =>
      engine.address(each),
    ) as Five;
    engine.native.normalSums(sums, products, ofDy, ofX, ofMean, rows, channels, work);
    return [...out];
  },
  reference,
};

type Five = [number, number, number, number, number];
