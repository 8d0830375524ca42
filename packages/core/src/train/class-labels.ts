import type * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Port } from '../signature.js';
import { shapeText } from '../text/shape.js';

/** Refuses labels that are class numbers and that the outputs have no class for. */
export async function checkClassLabels(
  labels: readonly tf.Tensor[],
  outputs: readonly Port[],
): Promise<void> {
  for (const [i, given] of labels.entries()) {
    const shape = outputs[i]?.shape;
    const classes = shape?.at(-1);
    if (shape === undefined || classes === undefined || classes < 2) continue;
    const isColumn = given.rank === shape.length && given.shape.at(-1) === 1;
    if (!isColumn && given.rank >= shape.length) continue;
    const strange = (await given.data()).find(
      (label) => !(Number.isInteger(label) && label >= 0 && label < classes),
    );
    if (strange === undefined) continue;
    fail('train/data', {
      subject: 'labels',
      expected: `class numbers from 0 to ${classes - 1}`,
      got: String(strange),
      advice: 'Number classes from 0, one for each output of the model',
    });
  }
}

/** Refuses one number where classes are told apart: the loss of it would always be 0. */
export function refuseOneClass(outputs: readonly tf.Tensor[]): void {
  const single = outputs.find(({ shape }) => shape.at(-1) === 1);
  if (single === undefined) return;
  fail('train/loss', {
    subject: 'output',
    expected: 'a number for each of two classes or more',
    got: `shape ${shapeText(single.shape)}`,
    advice: "The loss of a single yes or no is 'binaryCrossEntropy'",
  });
}
