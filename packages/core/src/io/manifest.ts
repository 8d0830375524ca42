import type * as tf from '@tensorflow/tfjs';
import { storedDType, storedType } from '@tfjs-optimize/runtime/format';
import { fail } from '../errors.js';
import { isJsonObject } from '../graph/json-attr.js';
import type { DType, Encoding, Weight } from '../weights.js';
import { bytesPerElement } from './encoding.js';

/** A checked entry of a weights manifest. */
export interface WeightSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly encoding: Encoding;
  /** Number of elements. */
  readonly size: number;
  /** Stored bytes; undefined for strings, whose lengths are in the data. */
  readonly bytes: number | undefined;
  /** True for the state of an optimizer, which a layers-model file may hold beside the model. */
  readonly isOptimizer: boolean;
}

/** Greatest size of a dimension: TensorFlow.js counts in 32-bit integers. */
const MAX_DIM = 2 ** 31 - 1;
/** Greatest rank of a TensorFlow tensor. */
const MAX_RANK = 254;
/** Types that tensors can have. */
export const DTYPES: readonly string[] = [
  'float32',
  'int32',
  'bool',
  'string',
  'complex64',
] satisfies DType[];
const UNSAFE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Checks the entries of a weights manifest; nothing in proportion to their sizes is allocated.
 * @throws `io/manifest` for a contradiction, `io/unsafe` for absurd sizes and names.
 */
export function checkSpecs(entries: unknown): WeightSpec[] {
  if (!Array.isArray(entries)) {
    fail('io/manifest', { subject: 'weight specs', expected: 'a list', got: typeof entries });
  }
  const seen = new Set<string>();
  return Array.from(entries as readonly unknown[], (entry, index) => {
    const spec = checkSpec(entry, index);
    if (seen.has(spec.name)) {
      fail('io/manifest', {
        subject: `weight '${spec.name}'`,
        expected: 'a name used once',
        got: 'two entries',
      });
    }
    seen.add(spec.name);
    return spec;
  });
}

function checkSpec(entry: unknown, index: number): WeightSpec {
  const json = isJsonObject(entry) ? entry : {};
  const { name, dtype, shape, quantization, group } = json;
  if (typeof name !== 'string') {
    fail('io/manifest', { subject: `weight ${index} of the manifest`, expected: 'a name', got: typeof name });
  }
  const subject = `weight '${name}'`;
  if (UNSAFE_NAMES.has(name)) {
    fail('io/unsafe', {
      subject: `weight ${index} of the manifest`,
      expected: 'a harmless name',
      got: `'${name}'`,
    });
  }
  if (typeof dtype !== 'string' || !DTYPES.includes(dtype)) {
    fail('io/manifest', {
      subject,
      expected: `a dtype of ${DTYPES.join(', ')}`,
      got: JSON.stringify(dtype) ?? 'none',
    });
  }
  const encoding = checkEncoding(quantization, dtype as DType, name);
  const size = checkShape(shape, subject);
  const each = bytesPerElement(dtype as DType, encoding);
  const bytes = each === undefined ? undefined : each * size;
  return {
    name,
    dtype: dtype as DType,
    shape: shape as readonly number[],
    encoding,
    size,
    bytes,
    isOptimizer: group === 'optimizer',
  };
}

/** Number of elements of a shape that is one. */
function checkShape(shape: unknown, subject: string): number {
  if (!Array.isArray(shape)) fail('io/manifest', { subject, expected: 'a shape', got: typeof shape });
  if (shape.length > MAX_RANK) {
    fail('io/unsafe', { subject, expected: `at most ${MAX_RANK} dimensions`, got: `${shape.length}` });
  }
  let size = 1;
  for (const dim of Array.from(shape as readonly unknown[])) {
    if (!Number.isInteger(dim) || (dim as number) < 0 || (dim as number) > MAX_DIM) {
      fail('io/unsafe', {
        subject,
        expected: `sizes from 0 to ${MAX_DIM}`,
        got: JSON.stringify(shape).slice(0, 80),
      });
    }
    size *= dim as number;
  }
  if (!Number.isSafeInteger(size * 8)) {
    fail('io/unsafe', { subject, expected: 'a size that fits in memory', got: `shape [${shape.join(',')}]` });
  }
  return size;
}

function checkEncoding(json: unknown, dtype: DType, name: string): Encoding {
  if (json === undefined || json === null) return { kind: 'plain' };
  const subject = `weight '${name}'`;
  const { dtype: stored, scale, min } = isJsonObject(json) ? json : {};
  const packed = storedType(stored, name);
  if (packed !== undefined) {
    const standsFor = packed === 'int8' ? 'int32' : 'float32';
    if (dtype === standsFor) return { kind: packed };
    fail('io/manifest', { subject, expected: `${packed} to stand for ${standsFor}`, got: dtype });
  }
  if (stored === 'float16') {
    if (dtype === 'float32') return { kind: 'float16' };
    fail('io/manifest', { subject, expected: 'float16 to stand for float32', got: dtype });
  }
  if (stored !== 'uint8' && stored !== 'uint16') {
    fail('io/manifest', {
      subject,
      expected: 'a quantization dtype of uint8, uint16, float16',
      got: JSON.stringify(stored) ?? 'none',
    });
  }
  if (dtype !== 'float32' && dtype !== 'int32') {
    fail('io/manifest', { subject, expected: `${stored} to stand for float32 or int32`, got: dtype });
  }
  if (!Number.isFinite(scale) || !Number.isFinite(min)) {
    fail('io/manifest', {
      subject,
      expected: 'finite numbers as scale and min of its quantization',
      got: JSON.stringify({ scale, min }),
    });
  }
  return { kind: 'affine', dtype: stored, scale: scale as number, min: min as number };
}

/** The manifest entry of a weight, in the order of keys that converters write. */
export function specOf(name: string, weight: Weight): tf.io.WeightsManifestEntry {
  const { dtype, encoding } = weight;
  const spec = { name, shape: [...weight.shape], dtype };
  const quantization = quantizationOf(encoding, dtype);
  if (quantization === undefined) return spec;
  // TensorFlow.js' types know only the types that it stores itself; what it does with others is to refuse them by name.
  return { ...spec, quantization } as tf.io.WeightsManifestEntry;
}

/** `original_dtype` is what converters write and nothing reads; ours go without. */
interface Quantization {
  readonly dtype: string;
  readonly scale?: number;
  readonly min?: number;
  readonly original_dtype?: DType;
}

function quantizationOf(encoding: Encoding, dtype: DType): Quantization | undefined {
  switch (encoding.kind) {
    case 'plain':
      return undefined;
    case 'float16':
      return { dtype: 'float16', original_dtype: dtype };
    case 'affine':
      return { dtype: encoding.dtype, scale: encoding.scale, min: encoding.min, original_dtype: dtype };
    case 'int8':
    case 'bfloat16':
      return { dtype: storedDType(encoding.kind) };
    case 'channels':
      return fail('internal', {
        subject: 'weight with a scale for each channel',
        expected: 'to be written as two constants',
        got: 'one',
      });
  }
}
