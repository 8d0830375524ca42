import * as tf from '@tensorflow/tfjs';
import {
  compareLatency,
  outputDifference,
  sumOfDifferences,
  valuesOfOutputs,
  type InterleaveOptions,
  type Model,
  type OutputValues,
} from '@tfjs-optimize/core';
import type { HalfRow } from './row.js';

/** Inputs by key, on the backend in use. */
export type Named = Readonly<Record<string, tf.Tensor>>;

/** What the two models of a row share. */
export type RowHead = Pick<HalfRow, 'where' | 'gpu' | 'use'>;

/** Compares a model in 16 bits with its float32 on the backend in use: outputs first, then times by turns. */
export async function measureRow(
  head: RowHead,
  float32: Model,
  half: Model,
  inputs: Named,
  timing: InterleaveOptions,
): Promise<HalfRow> {
  const [wanted, found] = [await answersOf(float32, inputs), await answersOf(half, inputs)];
  const difference = sumOfDifferences(
    wanted.map((one, i) => outputDifference(one, found[i] as OutputValues)),
  );
  const agreement = agreementOf(wanted, found);
  const { before, after, speedup } = await compareLatency(float32, half, inputs, timing);
  return { ...head, float32: before, half: after, speedup, difference, ...(agreement && { agreement }) };
}

async function answersOf(model: Model, inputs: Named): Promise<readonly OutputValues[]> {
  const outputs = await model.runAsync(inputs);
  try {
    return await valuesOfOutputs(
      outputs,
      model.signature.outputs.map(({ key }) => key),
    );
  } finally {
    tf.dispose(outputs);
  }
}

function agreementOf(
  wanted: readonly OutputValues[],
  found: readonly OutputValues[],
): HalfRow['agreement'] | undefined {
  const at = wanted.findIndex(
    ({ shape, values }) => shape.length === 2 && Number(shape[1]) > 1 && isNumbers(values),
  );
  if (at < 0) return undefined;
  const [rows = 0, columns = 0] = (wanted[at] as OutputValues).shape;
  const classesOf = ({ values }: OutputValues): number[] =>
    Array.from({ length: rows }, (_, row) => largestIn(values as ArrayLike<number>, row * columns, columns));
  const [before, after] = [classesOf(wanted[at] as OutputValues), classesOf(found[at] as OutputValues)];
  return { same: before.filter((column, row) => column >= 0 && column === after[row]).length, of: rows };
}

function isNumbers(values: ArrayLike<number | string>): boolean {
  return values instanceof Float32Array;
}

/** The place of the largest number, from `start` on; -1 where one is NaN. */
function largestIn(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let i = 0; i < count; i++) {
    const value = values[start + i] as number;
    if (Number.isNaN(value)) return -1;
    if (value > (values[start + best] as number)) best = i;
  }
  return best;
}
