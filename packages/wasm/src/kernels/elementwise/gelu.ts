import type { TensorInfo } from '@tensorflow/tfjs';
import { gelu as reference } from '../../reference/gelu.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

/** Name of the kernel, and of the op in graphs. */
export const GELU = 'TfjsOptimizeGelu';

/** x · Φ(x) with the normal distribution Φ; `approximate`: by tanh. */
export const gelu: FastKernel = {
  name: GELU,
  run: (engine, inputs, attrs) => {
    const { x } = inputs as { x: TensorInfo };
    if (x.dtype !== 'float32') return undefined;
    const out = engine.output(x.shape, 'float32');
    const { approximate } = attrs as { readonly approximate?: boolean };
    engine.native.gelu(engine.address(out), engine.address(x), sizeOf(x.shape), approximate === true ? 1 : 0);
    return out;
  },
  reference,
};
