import { engine, type TensorInfo } from '@tensorflow/tfjs';
import type { RuntimeOp } from '@tfjs-optimize/runtime/format';
import type { Constant } from './site.js';

/** Inputs that hold constants, by their names; all others move through a graph. */
const CONSTANTS: ReadonlySet<string> = new Set(['filter', 'w', 'scales', 'bias', 'table']);

/** Whether an input of an op is a constant. */
export function isConstant(name: string): boolean {
  return CONSTANTS.has(name);
}

/** Whether an op works on floats on both sides: others of a region can neither give it bytes nor take any. */
export function isDynamic(op: RuntimeOp): boolean {
  return op.startsWith('Dynamic');
}

/** Whether what moves into an op is float32: into the others go int8 values. */
export function takesFloats(op: RuntimeOp): boolean {
  return op === 'Quantize' || isDynamic(op);
}

/** Whether what an op gives is float32. */
export function givesFloats(op: RuntimeOp): boolean {
  return op === 'Dequantize' || isDynamic(op);
}

/** The values of a constant input; undefined where they are not what the op takes. */
export function constantOf(
  op: RuntimeOp,
  name: string,
  { dataId, dtype, shape }: TensorInfo,
): Constant | undefined {
  return readConstant(
    op,
    name,
    dtype,
    shape,
    engine().readSync(dataId) as Float32Array | Int32Array | Uint8Array,
  );
}

/** The same of values that are read already. Bytes of a `bool` are those of int8 values. */
export function readConstant(
  op: RuntimeOp,
  name: string,
  dtype: string,
  shape: readonly number[],
  values: Float32Array | Int32Array | Uint8Array,
): Constant | undefined {
  if (name === 'scales' || (name === 'bias' && takesFloats(op)))
    return dtype === 'float32' ? { shape, data: new Float32Array(values) } : undefined;
  if (name === 'bias' || (name === 'table' && op === 'Softmax'))
    return dtype === 'int32' ? { shape, data: new Int32Array(values) } : undefined;
  if (dtype === 'bool') return { shape, data: new Int8Array(values) };
  const data = new Int8Array(values);
  return dtype === 'int32' && data.every((value, i) => value === values[i]) ? { shape, data } : undefined;
}
