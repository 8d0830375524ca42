import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Model } from '../model.js';
import type { DType } from '../weights.js';
import { unknownName, type InputSpec } from './dimensions.js';
import { emitModel } from './emit.js';
import { traceMerged } from './trace.js';

/** An input by shape (null: unknown size) and type (float32 by default) instead of a sample. */
export interface ShapeSample {
  readonly shape: readonly (number | null)[];
  readonly dtype?: DType;
}

/** A sample input: a tensor, of which only shape and type are used, or just those. */
export type Sample = tf.Tensor | ShapeSample;

/** Sample inputs: one, a list (arguments in order) or by name (one object argument). */
export type Samples = Sample | readonly Sample[] | Readonly<Record<string, Sample>>;

/** What a traced function may return. */
export type Traced = tf.Tensor | readonly tf.Tensor[] | Readonly<Record<string, tf.Tensor>>;

/** Options of {@link traceFunction}. */
export interface TraceFunctionOptions {
  /** Name in messages; the function's own name by default. */
  readonly name?: string;
  /**
   * Dimensions that are unknown, by input (its position or name): `{ 0: [0, 2] }` leaves the first
   * and third size of input 0 open. Unknown sizes are independent of each other where the function
   * allows it; where it does not (two tensors that are added), those that must agree are tied.
   */
  readonly dynamic?: Readonly<Record<string, readonly number[]>>;
  /** Names of the inputs, if samples are not given by name; `input`, or `input_0`, … by default. */
  readonly inputNames?: readonly string[];
  /** Names of the outputs, if they are not returned by name; `output`, or `output_0`, … by default. */
  readonly outputNames?: readonly string[];
}

/**
 * Turns a function over tensors into a graph by recording the kernels it calls. Only shapes and
 * types of the samples matter; no arithmetic is done. The function is called a few times, must be
 * synchronous, make the same calls every time and at every size of its dynamic dimensions, and may not
 * look at values that depend on its inputs or on chance.
 *
 * The sizes looked at are, for every dynamic dimension, that of the sample, 1, three below 64 (a few
 * hundred for heights and widths of images; more where several dimensions are dynamic), 1007 and 1008
 * (fewer for inputs of more than 2^25 elements), and those that it takes to tell how sizes are divided:
 * by whole numbers up to 512. A size at which the function throws does not count. What it does only
 * between or beyond these sizes goes unseen, and so does the clock: `Date.now()` stays as it was.
 *
 * Variables it uses become weights named as they are, other tensors constants.
 *
 * @param fn gets the samples as they are given: one tensor, several arguments, or one object.
 * @throws `trace/…` where a graph cannot express what the function does.
 */
export function traceFunction<S extends Samples>(
  fn: (...args: Arguments<S>) => Traced,
  samples: S,
  options: TraceFunctionOptions = {},
): Model<'float'> {
  const name = options.name ?? (fn.name === '' ? 'traced function' : `function '${fn.name}'`);
  const inputs = inputSpecs(samples, options);
  let outputNames: readonly string[] = [];
  const call = (tensors: tf.Tensor[]): readonly tf.Tensor[] => {
    const result = (fn as (...args: unknown[]) => unknown)(...argumentsOf(samples, tensors));
    const named = namedResults(result, name, options.outputNames);
    outputNames = named.map(([key]) => key);
    return named.map(([, tensor]) => tensor);
  };
  const traced = { name, fixing: FIXING, omitting: OMITTING };
  return traceMerged(call, inputs, traced, (trace, sizes) => {
    const names = {
      inputs: inputs.map((input) => input.name),
      outputs: outputNames,
      captured: new Map<number, string>(),
    };
    return emitModel(trace, sizes, names, { kind: 'function' });
  });
}

const FIXING =
  "Give that dimension a fixed size: leave it out of the option 'dynamic', or write its size instead of null";
const OMITTING = 'leave this step outside the function';

/** Arguments of the traced function, by the form of the samples. */
export type Arguments<S extends Samples> = S extends Sample
  ? [input: tf.Tensor]
  : S extends readonly Sample[]
    ? { -readonly [K in keyof S]: tf.Tensor }
    : [inputs: { [K in keyof S]: tf.Tensor }];

function isSample(value: Samples): value is Sample {
  return value instanceof tf.Tensor || ('shape' in value && Array.isArray(value.shape));
}

function isList(value: Samples): value is readonly Sample[] {
  return Array.isArray(value);
}

function named(samples: Samples, names: readonly string[] | undefined): [string, Sample][] {
  if (isSample(samples)) return [[names?.[0] ?? 'input', samples]];
  if (isList(samples)) return samples.map((sample, i) => [names?.[i] ?? `input_${i}`, sample]);
  return Object.entries(samples);
}

function inputSpecs(samples: Samples, options: TraceFunctionOptions): InputSpec[] {
  const entries = named(samples, options.inputNames);
  const dynamic = options.dynamic ?? {};
  checkDynamic(dynamic, entries);
  return entries.map(([name, sample], i) => {
    const open = [...(dynamic[name] ?? []), ...(dynamic[String(i)] ?? [])];
    const rank = sample.shape.length;
    const axes = open.map((axis) => (axis < 0 ? axis + rank : axis));
    const shape = (sample.shape as readonly (number | null)[]).map((size, axis) =>
      size === null || axes.includes(axis) ? unknownName(i, axis) : size,
    );
    return { name, dtype: sample.dtype ?? 'float32', shape, sample: sample.shape };
  });
}

function checkDynamic(
  dynamic: Readonly<Record<string, readonly number[]>>,
  entries: readonly (readonly [string, Sample])[],
): void {
  for (const [key, axes] of Object.entries(dynamic)) {
    const sample = entries.find(([name], i) => name === key || String(i) === key)?.[1];
    const rank = sample?.shape.length ?? 0;
    if (
      sample === undefined ||
      axes.some((axis) => !Number.isInteger(axis) || axis < -rank || axis >= rank)
    ) {
      fail('argument/invalid', {
        subject: `dynamic['${key}']`,
        expected:
          sample === undefined ? 'the name or position of an input' : `axes of a tensor of rank ${rank}`,
        got: sample === undefined ? `'${key}'` : `[${axes.join(', ')}]`,
        advice:
          sample === undefined
            ? `The inputs are ${entries.map(([name], i) => `'${name}' (${i})`).join(', ')}`
            : `Give whole numbers from ${-rank} to ${rank - 1}`,
      });
    }
  }
}

function argumentsOf(samples: Samples, tensors: tf.Tensor[]): unknown[] {
  if (isSample(samples) || isList(samples)) return tensors;
  return [Object.fromEntries(Object.keys(samples).map((key, i) => [key, tensors[i]]))];
}

function namedResults(
  result: unknown,
  subject: string,
  names: readonly string[] | undefined,
): (readonly [string, tf.Tensor])[] {
  if (result instanceof tf.Tensor) return [[names?.[0] ?? 'output', result]];
  if (result instanceof Promise) {
    result.catch(() => undefined);
    fail('trace/data-dependent', {
      subject,
      expected: 'a function that returns tensors at once',
      got: 'a promise',
      advice: 'Leave asynchronous steps outside the function: nothing can be awaited while tracing',
    });
  }
  const entries = Array.isArray(result)
    ? result.map((tensor: unknown, i) => [names?.[i] ?? `output_${i}`, tensor] as const)
    : Object.entries(typeof result === 'object' && result !== null ? result : {});
  const wrong = entries.find(([, tensor]) => !(tensor instanceof tf.Tensor));
  if (wrong !== undefined || entries.length === 0) {
    fail('argument/invalid', {
      subject,
      expected: 'to return a tensor, an array of tensors or tensors by name',
      got: wrong === undefined ? typeof result : `${typeof wrong[1]} as '${wrong[0]}'`,
      advice: 'Return tensors only; tf.tensor makes one of numbers',
    });
  }
  return entries as [string, tf.Tensor][];
}
