import * as tf from '@tensorflow/tfjs';
import type {
  BackendName,
  ModelInputs,
  OutputValues,
  Port,
  WarmedUp,
  WarmUpLimits,
} from '@tfjs-optimize/core';
import type { Distribution } from '../record/measurement.js';
import type { MemoryRecord } from '../record/profile.js';
import type { Surroundings } from './side.js';

/** A candidate as another process can load it. */
export type Parcel =
  | { readonly kind: 'model' | 'layers' | 'graph'; readonly location: string }
  | { readonly kind: 'function'; readonly module: string; readonly export: string };

/** What a child is asked, and what it answers. */
export interface Calls {
  open: {
    ask: {
      readonly name: string;
      readonly parcel: Parcel;
      readonly inputs: WireInputs;
      readonly backend: BackendName;
      readonly modules: readonly string[];
    };
    answer: { readonly ports: readonly Port[] | undefined };
  };
  prepare: { ask: undefined; answer: Surroundings };
  firstCall: { ask: undefined; answer: { readonly ms: number; readonly outputs: readonly OutputValues[] } };
  warmUp: { ask: Omit<WarmUpLimits, 'signal'>; answer: WarmedUp };
  sample: { ask: { readonly calls: number }; answer: number };
  kernelTimes: { ask: undefined; answer: Distribution | undefined };
  memory: { ask: { readonly calls: number }; answer: MemoryRecord };
}
export type Method = keyof Calls;

export interface Request<M extends Method = Method> {
  readonly id: number;
  readonly method: M;
  readonly ask: Calls[M]['ask'];
}

export type Response =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number;
      readonly error: { readonly code?: string; readonly subject?: string; readonly message: string };
    };

/** A tensor's data. */
export interface WireTensor {
  readonly dtype: tf.DataType;
  readonly shape: readonly number[];
  /** Complex numbers as real and imaginary parts by turns. */
  readonly values: tf.TypedArray | readonly string[];
}

/** Inputs in the form in which they were given. */
export type WireInputs =
  { readonly list: readonly WireTensor[] } | { readonly named: Readonly<Record<string, WireTensor>> };

export async function packInputs(inputs: ModelInputs): Promise<WireInputs> {
  if (inputs instanceof tf.Tensor || Array.isArray(inputs)) {
    return { list: await Promise.all(([inputs].flat() as tf.Tensor[]).map(pack)) };
  }
  const entries = Object.entries(inputs as Readonly<Record<string, tf.Tensor>>);
  return {
    named: Object.fromEntries(
      await Promise.all(entries.map(async ([key, x]) => [key, await pack(x)] as const)),
    ),
  };
}

export function unpackInputs(inputs: WireInputs): ModelInputs {
  if ('list' in inputs) return inputs.list.map(unpack);
  return Object.fromEntries(Object.entries(inputs.named).map(([key, tensor]) => [key, unpack(tensor)]));
}

async function pack(tensor: tf.Tensor): Promise<WireTensor> {
  const values: unknown = await tensor.data();
  return { dtype: tensor.dtype, shape: tensor.shape, values: values as WireTensor['values'] };
}

function unpack({ dtype, shape, values }: WireTensor): tf.Tensor {
  if (dtype !== 'complex64') return tf.tensor(values, [...shape], dtype);
  const part = (first: number): Float32Array =>
    Float32Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + first] as number);
  return tf.tidy(() => tf.complex(tf.tensor(part(0), [...shape]), tf.tensor(part(1), [...shape])));
}
