import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { setChoosing } from '../../src/engine/settings.js';
import { sizeOf } from '../../src/reference/values.js';
import { KERNELS } from '../../src/kernels/index.js';
import { Random } from '@tfjs-optimize/core';
import { useEngine } from './tester.js';

/** What a program computes with TensorFlow.js. */
export type Computation = () => tf.Tensor | readonly tf.Tensor[];

/** What is known of a computation beforehand. */
export interface Stated {
  /** Numbers of its first result. */
  readonly values?: readonly number[];
  readonly shape?: readonly number[];
  /** How far results may be off, relative to the largest number; exact without, as with small whole numbers. */
  readonly within?: number;
  /** Whether the backend's own kernels run where they are faster; not unless told. */
  readonly choosing?: boolean;
}

interface Result {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly values: readonly number[];
}

/**
 * Holds what the wasm backend computes against what the cpu backend computes, and against what is stated.
 * @param kernels of ours which must take part, each at least once.
 */
export async function expectAgreement(
  computation: Computation,
  kernels: readonly string[],
  stated: Stated = {},
): Promise<void> {
  await tf.setBackend('cpu');
  const wanted = resultsOf(computation);
  await useEngine();
  setChoosing(stated.choosing ?? false);
  const tensors = tf.memory().numTensors;
  const taken = watch();
  const got = ((): readonly Result[] => {
    try {
      return resultsOf(computation);
    } finally {
      taken.stop();
    }
  })();
  expect(tf.memory().numTensors, 'tensors left').to.equal(tensors);
  for (const kernel of kernels) expect([...taken.names], 'kernels of ours').to.include(kernel);
  expect(got.length).to.equal(wanted.length);
  got.forEach((result, at) => expectSame(result, wanted[at] as Result, stated.within ?? 0, `result ${at}`));
  if (stated.shape !== undefined) expect(got[0]?.shape).to.deep.equal(stated.shape);
  if (stated.values !== undefined) {
    const first = got[0] as Result;
    expectSame(first, { ...first, values: stated.values }, stated.within ?? 0, 'stated');
  }
}

/** Both backends refuse a computation, for reasons that one text fits, and neither keeps more than the other. */
export async function expectRefusal(computation: Computation, reason: RegExp = /./): Promise<void> {
  const left: number[] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const { numTensors } = tf.memory();
    expect(() => resultsOf(computation), backend).to.throw(reason);
    // TensorFlow.js itself forgets tensors where it fails to differentiate.
    left.push(tf.memory().numTensors - numTensors);
  }
  expect(left[1], 'tensors left').to.equal(left[0]);
}

/** Whole numbers from -9 to 9 of a seed: their sums of products are exact in float32. */
export function whole(shape: readonly number[], seed = 1): tf.Tensor {
  const random = Random.of(seed).fork(shape.join());
  const values = Float32Array.from({ length: sizeOf(shape) }, () => Math.floor(random.uniform() * 19) - 9);
  return tf.tensor(values, [...shape], 'float32');
}

/** 1, 2, 3 and so on. */
export function counted(shape: readonly number[], first = 1): tf.Tensor {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => first + i);
  return tf.tensor(values, [...shape], 'float32');
}

function resultsOf(computation: Computation): readonly Result[] {
  return tf.tidy(
    () =>
      [computation()].flat().map((each) => {
        const { shape, dtype } = each;
        return { shape, dtype, values: Array.from(each.dataSync()) };
      }) as never,
  );
}

/** Which kernels of ours take a call from now on. */
function watch(): { readonly names: ReadonlySet<string>; stop(): void } {
  const names = new Set<string>();
  const runs = KERNELS.map((kernel) => kernel.run);
  for (const kernel of KERNELS) {
    const { run } = kernel;
    Object.assign(kernel, {
      run: (...args: Parameters<typeof run>) => {
        const result = run(...args);
        if (result !== undefined) names.add(kernel.name);
        return result;
      },
    });
  }
  return { names, stop: () => KERNELS.forEach((kernel, at) => Object.assign(kernel, { run: runs[at] })) };
}

function expectSame(got: Result, wanted: Result, within: number, what: string): void {
  expect(got.shape, `${what}: shape`).to.deep.equal(wanted.shape);
  expect(got.dtype, `${what}: dtype`).to.equal(wanted.dtype);
  expect(got.values.length, `${what}: size`).to.equal(wanted.values.length);
  const largest = Math.max(0, ...wanted.values.map(Math.abs).filter(Number.isFinite));
  got.values.forEach((value, at) => {
    const right = wanted.values[at] as number;
    // Positive and negative zero are the same here.
    const isSame = value === right || (Number.isNaN(value) && Number.isNaN(right));
    if (!isSame && !(Math.abs(value - right) <= within * largest))
      expect.fail(`${what}: expected ${right} at ${at} of [${got.shape.join()}], got ${value}`);
  });
}
