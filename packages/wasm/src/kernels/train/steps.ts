import type { TensorInfo } from '@tensorflow/tfjs';
import {
  adamStep as adamReference,
  descentStep as descentReference,
  type AdamAttrs,
} from '../../reference/steps.js';
import { sizeOf } from '../../reference/values.js';
import type { FastKernel } from '../kernel.js';

/** A step of Adam in one pass over memory: new values, first and second moments. */
export const adamStep: FastKernel = {
  name: 'TfjsOptimizeAdamStep',
  run: (engine, inputs, attrs) => {
    const given = ['value', 'gradient', 'first', 'second'].map((name) => inputs[name] as TensorInfo);
    const { beta1, beta2, correction1, correction2, epsilon, rate } = attrs as unknown as AdamAttrs;
    const shape = (given[0] as TensorInfo).shape;
    if (!fit(given)) return undefined;
    const outputs = [0, 1, 2].map(() => engine.output(shape, 'float32'));
    const addresses = [...outputs, ...given].map((each) => engine.address(each));
    engine.native.adam(
      ...(addresses as [number, number, number, number, number, number, number]),
      sizeOf(shape),
      beta1,
      beta2,
      1 - beta1,
      1 - beta2,
      correction1,
      correction2,
      epsilon,
      -rate,
    );
    return outputs;
  },
  reference: adamReference,
};

/** A step down the gradient in one pass over memory. */
export const descentStep: FastKernel = {
  name: 'TfjsOptimizeDescentStep',
  run: (engine, inputs, attrs) => {
    const [value, gradient] = [inputs.value as TensorInfo, inputs.gradient as TensorInfo];
    const { rate } = attrs as unknown as { readonly rate: number };
    if (!fit([value, gradient])) return undefined;
    const out = engine.output(value.shape, 'float32');
    const [to, from, slope] = [out, value, gradient].map((each) => engine.address(each)) as [
      number,
      number,
      number,
    ];
    engine.native.descend(to, from, slope, sizeOf(value.shape), -rate);
    return out;
  },
  reference: descentReference,
};

/** Whether all are real numbers, as many of each. */
function fit(given: readonly TensorInfo[]): boolean {
  const sizes = new Set(given.map(({ shape }) => sizeOf(shape)));
  return sizes.size === 1 && given.every(({ dtype }) => dtype === 'float32');
}
