import { fail } from '@tfjs-optimize/core';
import { sizeOf, type NumericType, type TensorValue } from './value.js';

/** How an element of a NumPy type is read, and what it becomes. */
interface ElementType {
  readonly bytes: number;
  readonly dtype: NumericType;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

const ELEMENTS: Readonly<Record<string, ElementType>> = {
  b1: { bytes: 1, dtype: 'bool', read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
  u1: { bytes: 1, dtype: 'int32', read: (view, at) => view.getUint8(at) },
  i2: { bytes: 2, dtype: 'int32', read: (view, at, little) => view.getInt16(at, little) },
  u2: { bytes: 2, dtype: 'int32', read: (view, at, little) => view.getUint16(at, little) },
  i4: { bytes: 4, dtype: 'int32', read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, dtype: 'int32', read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f4: { bytes: 4, dtype: 'float32', read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, dtype: 'float32', read: (view, at, little) => view.getFloat64(at, little) },
};

const MAGIC = '\x93NUMPY';

/**
 * Reads an array that `numpy.save` wrote (format 1.0 to 3.0, NumPy Enhancement Proposal 1). float64
 * becomes float32 and integers become int32, which is what TensorFlow.js has; an int64 outside the
 * range of int32 is refused.
 * @param name the file, for messages.
 */
export function readNpy(file: Uint8Array, name: string): TensorValue {
  const { header, start } = splitHeader(file, name);
  const { descr, fortran, shape } = parseHeader(header, name);
  const element = ELEMENTS[descr.slice(1)];
  if (element === undefined || !'<>|='.includes(descr.slice(0, 1))) {
    fail('io/format', {
      subject: name,
      expected: `numbers of type ${Object.keys(ELEMENTS).join(', ')}`,
      got: `'${descr}'`,
      advice: "Convert it with array.astype('float32') before saving",
    });
  }
  const size = sizeOf(shape);
  if (file.byteLength - start !== size * element.bytes) {
    fail('io/format', {
      subject: name,
      expected: `${size * element.bytes} bytes of data for shape [${shape.join(', ')}]`,
      got: `${file.byteLength - start}`,
    });
  }
  const view = new DataView(file.buffer, file.byteOffset + start);
  const little = !descr.startsWith('>');
  const values =
    element.dtype === 'float32'
      ? new Float32Array(size)
      : element.dtype === 'int32'
        ? new Int32Array(size)
        : new Uint8Array(size);
  const place = fortran ? fortranOrder(shape) : (index: number) => index;
  for (let i = 0; i < size; i++) {
    const value = element.read(view, i * element.bytes, little);
    const to = place(i);
    values[to] = value;
    if (element.dtype === 'int32' && values[to] !== value) {
      fail('io/format', { subject: name, expected: 'integers that fit into 32 bits', got: `${value}` });
    }
  }
  return { dtype: element.dtype, shape, values };
}

function splitHeader(file: Uint8Array, name: string): { header: string; start: number } {
  const isNpy = Buffer.from(file.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
  const major = file[6] ?? 0;
  const lengthBytes = major === 1 ? 2 : 4;
  const headerAt = 8 + lengthBytes;
  if (!isNpy || file.byteLength < headerAt || major < 1 || major > 3) {
    fail('io/format', { subject: name, expected: 'a NumPy .npy file', got: 'other bytes at its start' });
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = headerAt + length;
  if (start > file.byteLength) {
    fail('io/format', {
      subject: name,
      expected: `a header of ${length} bytes`,
      got: `${file.byteLength - headerAt} bytes in all`,
    });
  }
  return {
    header: Buffer.from(file.subarray(headerAt, start)).toString(major === 3 ? 'utf8' : 'latin1'),
    start,
  };
}

function parseHeader(header: string, name: string): { descr: string; fortran: boolean; shape: number[] } {
  const descr = /'descr'\s*:\s*'([^']+)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) {
    fail('io/format', {
      subject: name,
      expected: "a header with 'descr', 'fortran_order' and 'shape' of one plain array",
      got: header.trim().slice(0, 80),
    });
  }
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  return { descr, fortran: order === 'True', shape };
}

/** Maps an index in column-major order to the index in row-major order. */
function fortranOrder(shape: readonly number[]): (index: number) => number {
  return (index) => {
    let rest = index;
    let to = 0;
    let stride = sizeOf(shape);
    const positions = shape.map((size) => {
      const position = rest % size;
      rest = Math.floor(rest / size);
      return position;
    });
    shape.forEach((size, axis) => {
      stride /= size;
      to += (positions[axis] ?? 0) * stride;
    });
    return to;
  };
}
