import type * as tf from '@tensorflow/tfjs';
import type { Values } from '../weights.js';
import type { TensorSpec } from './hollow.js';

/** Where a tensor of a trace comes from. Indices are stable between traces of the same function. */
export type Ref =
  | { readonly from: 'input'; readonly index: number }
  | { readonly from: 'call'; readonly call: number; readonly output: number }
  /** Made from JavaScript numbers during the trace; numbered by first use. */
  | { readonly from: 'made'; readonly index: number }
  /** Existed before: a variable or a captured tensor. */
  | { readonly from: 'captured'; readonly id: number };

/** What a value depends on: JavaScript numbers only, captured tensors too, or inputs. */
export type Origin = 'made' | 'captured' | 'input';

/** An output of a call in one trace. */
export interface LoggedOutput extends TensorSpec {
  /** Values, where they depend on nothing but JavaScript numbers. */
  readonly values?: Values;
}

/** One kernel call in one trace. */
export interface LoggedCall {
  readonly kernel: string;
  /** Path of layer names around the call. */
  readonly scope: string;
  readonly origin: Origin;
  readonly inputs: readonly (readonly [key: string, ref: Ref])[];
  readonly specs: readonly TensorSpec[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly LoggedOutput[];
  /** Whether it is made of random numbers. */
  readonly random: boolean;
}

/** A constant made from JavaScript numbers. */
export interface MadeConstant extends TensorSpec {
  readonly values: Values;
  readonly scope: string;
  /** The op of TensorFlow.js that was making it, if one was. */
  readonly op?: string;
  /** Whether that op drew random numbers before. */
  readonly random: boolean;
}

/** A tensor or variable from outside. */
export interface Captured extends TensorSpec {
  readonly tensor: tf.Tensor;
  /** Values of captured tensors that are no variables: they may be gone after the trace. */
  readonly values?: Values;
  readonly scope: string;
}

/** One run of the traced function. */
export interface TraceLog {
  readonly inputs: readonly TensorSpec[];
  readonly calls: readonly LoggedCall[];
  readonly made: readonly MadeConstant[];
  /** Path of the layers in which the code itself drew a random number, or saw one, if it did. */
  readonly drawn: string | undefined;
  readonly captured: ReadonlyMap<number, Captured>;
  readonly outputs: readonly { readonly ref: Ref; readonly spec: TensorSpec }[];
}

/** Whether two references mean the same value of the same function. */
export function sameRef(a: Ref, b: Ref): boolean {
  return refKey(a) === refKey(b);
}

export function refKey(ref: Ref): string {
  switch (ref.from) {
    case 'input':
      return `i${ref.index}`;
    case 'call':
      return `c${ref.call}:${ref.output}`;
    case 'made':
      return `m${ref.index}`;
    case 'captured':
      return `v${ref.id}`;
  }
}
