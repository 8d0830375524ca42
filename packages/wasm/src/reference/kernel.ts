import type { DataType, KernelBackend, KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import type { Reference, Values } from './values.js';

/** A reference as a kernel of any backend: through what every backend offers, and slow. */
export function byReference(reference: Reference): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { readSync, write } = backend as KernelBackend;
    const read = ({ dataId, shape }: TensorInfo): Values => ({
      shape,
      data: Float64Array.from(readSync.call(backend, dataId) as Float32Array),
    });
    const give = ({ shape, data }: Values, dtype: DataType = 'float32'): TensorInfo => ({
      dataId: write.call(backend, Float32Array.from(data), [...shape], dtype),
      shape: [...shape],
      dtype,
    });
    const given = Object.entries(inputs).map(([name, info]) => [
      name,
      info === undefined ? undefined : read(info),
    ]);
    const result = reference(Object.fromEntries(given) as Record<string, Values>, attrs ?? {});
    return Array.isArray(result) ? result.map((each: Values) => give(each)) : give(result as Values);
  };
}
