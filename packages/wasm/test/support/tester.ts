import { Random } from '@tfjs-optimize/core';
import '@tfjs-optimize/wasm';
import { setChoosing } from '../../src/engine/settings.js';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { engineOf, type Engine } from '../../src/engine/engine.js';
import { KERNELS } from '../../src/kernels/index.js';
import type { FastKernel } from '../../src/kernels/kernel.js';
import { sizeOf, type Reference, type Values } from '../../src/reference/values.js';

/** Half the distance from 1 to the next float32: what one rounding is off by at most, relative to its result. */
export const EPSILON = 2 ** -24;

/** Inputs of a kernel by name; those that are left out are not given to it. */
export type Inputs = Readonly<Record<string, Values | undefined>>;

/** How far each output may be off, given what a kernel was given. */
export type Bound = (inputs: Inputs, attrs: tf.NamedAttrMap) => readonly Float64Array[];

/** What is tested: our kernel of a name, with attributes, on inputs, against its reference within a bound. */
export interface Trial {
  readonly inputs: Inputs;
  readonly attrs?: tf.NamedAttrMap;
  readonly bound: Bound;
  /** Types of inputs that are not float32. */
  readonly dtypes?: Readonly<Record<string, 'int32' | 'bool'>>;
}

/** The kernel of a name among ours. */
export function kernelOf(name: string): FastKernel {
  const found = KERNELS.find((kernel) => kernel.name === name);
  if (found === undefined) throw new Error(`${name}: expected one of our kernels`);
  return found;
}

/** The engine of the wasm backend, which must be there: the backend's own kernels would pass most tests as well. */
export async function useEngine(): Promise<Engine> {
  // Ours are tested at sizes, too, at which the backend's own are faster.
  setChoosing(false);
  await tf.setBackend('wasm');
  const engine = engineOf(tf.backend());
  if (engine === undefined) throw new Error('expected our kernels to run on the wasm backend');
  return engine;
}

/** Runs our kernel `times` times (weights are packed at their second use) and holds every result against the reference. */
export function expectKernel(
  name: string,
  { inputs, attrs = {}, bound, dtypes = {} }: Trial,
  times = 3,
): void {
  const kernel = kernelOf(name);
  const wanted = listed(kernel.reference(rounded(inputs), attrs));
  const bounds = bound(rounded(inputs), attrs);
  const held = tf.memory().numTensors;
  const given = Object.fromEntries(
    Object.entries(inputs).flatMap(([key, values]) =>
      values === undefined ? [] : [[key, toTensor(values, dtypes[key] ?? 'float32')]],
    ),
  );
  try {
    for (let i = 0; i < times; i++) {
      const results = runOnce(kernel, given, attrs);
      expect(results.length, 'outputs').to.equal(wanted.length);
      results.forEach((result, at) =>
        expectWithin(
          result,
          wanted[at] as Values,
          bounds[at] as Float64Array,
          `${name}, use ${i + 1}, output ${at}`,
        ),
      );
    }
  } finally {
    tf.dispose(given);
  }
  expect(tf.memory().numTensors, 'tensors held').to.equal(held);
}

/** What our kernel gives, which must not leave the work to the backend's own. */
function runOnce(kernel: FastKernel, given: tf.NamedTensorMap, attrs: tf.NamedAttrMap): Values[] {
  const backend = tf.backend();
  const engine = engineOf(backend) as Engine;
  const result = kernel.run(engine, given, attrs);
  if (result === undefined)
    throw new Error(`${kernel.name}: expected our kernel to take it, got that it declined`);
  return [result].flat().map(({ dataId, shape }) => {
    const data = Float64Array.from(backend.readSync(dataId) as Float32Array);
    backend.disposeData(dataId);
    return { shape, data };
  });
}

function expectWithin(got: Values, wanted: Values, bound: Float64Array, what: string): void {
  expect(got.shape, `${what}: shape`).to.deep.equal(wanted.shape);
  for (let i = 0; i < wanted.data.length; i++) {
    const [value, right, allowed] = [got.data[i], wanted.data[i], bound[i]] as [number, number, number];
    // Beyond the largest float32 lies infinity.
    if (value === Math.fround(right) || (Number.isNaN(value) && Number.isNaN(right))) continue;
    if (Math.abs(value - right) <= allowed) continue;
    expect.fail(
      `${what}: expected ${right} at ${i} of [${got.shape.join()}] within ${allowed}, got ${value}`,
    );
  }
}

/** The bound of a sum of products: n terms and a few more roundings, each relative to what was added in magnitude. */
export function sumBound(reference: Reference, terms: number, more = 4): Bound {
  return (inputs, attrs) => {
    const magnitudes = reference(absolute(inputs), linear(attrs));
    return listed(magnitudes).map(({ data }) =>
      data.map((sum) => (terms + more) * EPSILON * sum + 2 ** -149),
    );
  };
}

function linear(attrs: tf.NamedAttrMap): Readonly<Record<string, unknown>> {
  return { ...attrs, activation: 'linear' };
}

function absolute(inputs: Inputs): Inputs {
  return mapped(inputs, Math.abs);
}

/** Inputs as they are once they lie in float32. */
function rounded(inputs: Inputs): Inputs {
  return mapped(inputs, Math.fround);
}

function mapped(inputs: Inputs, to: (x: number) => number): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, values]) => [
      key,
      values && { shape: values.shape, data: values.data.map(to) },
    ]),
  );
}

function listed(result: Values | readonly Values[]): readonly Values[] {
  return Array.isArray(result) ? (result as readonly Values[]) : [result as Values];
}

function toTensor({ shape, data }: Values, dtype: 'float32' | 'int32' | 'bool'): tf.Tensor {
  return tf.tensor(dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data), [...shape], dtype);
}

/** Normal numbers of a seed. */
export function normal(shape: readonly number[], seed: number): Values {
  const random = Random.of(seed).fork(shape.join());
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => random.normal()) };
}
