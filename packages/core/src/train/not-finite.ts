import * as tf from '@tensorflow/tfjs';
import { notFinite } from '../io/not-finite.js';
import { runKeepingAll } from '../keep-values.js';
import type { Model } from '../model.js';
import type { Batch } from './data.js';

/** Where numbers stopped being finite. */
export interface NotFinite {
  /** As a phrase: `weight 'dense/kernel' holds NaN`. */
  readonly place: string;
  /** What of the data it is, where it lies with them, so that the weights are as good as before. */
  readonly data?: string;
}

/**
 * The first place at which a model makes NaN or infinity of a batch: a weight, an input, a label, what else came with
 * the batch, a node, or a loss.
 * @param numbers what the batch gave, each loss by its name.
 */
export async function firstNotFinite(
  model: Model,
  batch: Batch,
  numbers: Readonly<Record<string, number>>,
): Promise<NotFinite> {
  for (const [name, weight] of model.weights) {
    const found = notFinite(weight);
    if (found !== undefined) return { place: `weight '${name}' holds ${found}` };
  }
  const { inputs, labels, extras = {} } = batch;
  const given = [...entriesOf('input', inputs), ...entriesOf('labels', labels ?? [])];
  for (const [name, tensor] of given) {
    if (!(await allFinite(tensor))) return { place: `${name} holds NaN or infinity`, data: 'the data' };
  }
  // Told under the names that their makers gave them, as what a teacher says.
  for (const [name, tensor] of Object.entries(extras)) {
    if (!(await allFinite(tensor))) return { place: `${name} holds NaN or infinity`, data: name };
  }
  const order = new Map([...model.graph].map(({ name }, i) => [name, i]));
  const node = await runKeepingAll(model, inputs, async (kept) => {
    const inOrder = [...kept].sort((a, b) => (order.get(a.node) ?? 0) - (order.get(b.node) ?? 0));
    for (const { node: name, tensor } of inOrder) if (!(await allFinite(tensor))) return name;
    return undefined;
  });
  if (node === undefined) {
    const part = Object.keys(numbers).find(
      (name) => name.startsWith('loss/') && !Number.isFinite(numbers[name]),
    );
    return { place: `all values of the model are finite, ${part ?? 'the loss'} is not` };
  }
  return {
    place: `node '${node}' (${model.graph.get(node)?.op ?? ''}) makes the first value that is not finite`,
  };
}

function entriesOf(name: string, given: Batch['inputs']): [string, tf.Tensor][] {
  if (given instanceof tf.Tensor) return [[name, given]];
  return Object.entries(given as Readonly<Record<string, tf.Tensor>>).map(([key, tensor]) => [
    `${name} '${key}'`,
    tensor,
  ]);
}

async function allFinite(tensor: tf.Tensor): Promise<boolean> {
  if (tensor.dtype !== 'float32') return true;
  const all = tf.tidy(() => tf.all(tf.isFinite(tensor)));
  const [isFinite] = await all.data();
  all.dispose();
  return isFinite === 1;
}
