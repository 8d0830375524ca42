import * as tf from '@tensorflow/tfjs';
import type { Model } from '@tfjs-optimize/core';
import { needTfjsNode, type Skippable } from '@tfjs-optimize/testing';
import { saveSavedModel, type SavedModelOptions } from '../../src/index.js';

/** What a model answered: values by output key. */
export type Answer = Readonly<Record<string, { shape: number[]; dtype: string; values: ArrayLike<number> }>>;

/** Tensors by input key. */
export type Inputs = Readonly<Record<string, tf.Tensor>>;

/** The part of tfjs-node that is used here; its types are not there where it is not installed. */
interface SavedModel {
  predict(inputs: Inputs): Readonly<Record<string, tf.Tensor>>;
  dispose(): void;
}
interface Node {
  loadSavedModel(path: string, tags?: readonly string[], signature?: string): Promise<SavedModel>;
}

const PACKAGE: string = '@tensorflow/tfjs-node';

/** tfjs-node's part for SavedModels; skips, visibly counted, where it is not installed. */
export async function needNode(context: Skippable): Promise<Node> {
  await needTfjsNode(context);
  const { node } = (await import(PACKAGE)) as { readonly node: Node };
  return node;
}

/** Saves a model, loads it through TensorFlow and answers each of the inputs. */
export async function answersOfSaved(
  node: Node,
  model: Model,
  folder: string,
  inputs: readonly Inputs[],
  options: SavedModelOptions = {},
): Promise<Answer[]> {
  await saveSavedModel(model, folder, options);
  await tf.setBackend('tensorflow');
  const loaded = await node.loadSavedModel(folder);
  try {
    const answers: Answer[] = [];
    for (const each of inputs) answers.push(await read(loaded.predict(each)));
    return answers;
  } finally {
    loaded.dispose();
  }
}

/** What TensorFlow.js itself answers, on a backend that does not compute by TensorFlow. */
export async function answersOfModel(
  model: Model,
  inputs: readonly Inputs[],
  backend: 'cpu' | 'wasm',
): Promise<Answer[]> {
  await tf.setBackend(backend);
  const answers: Answer[] = [];
  for (const each of inputs) {
    const outputs = await model.runAsync(each);
    answers.push(
      await read(
        Object.fromEntries(model.signature.outputs.map(({ key }, i) => [key, outputs[i] as tf.Tensor])),
      ),
    );
  }
  model.dispose();
  return answers;
}

async function read(outputs: Readonly<Record<string, tf.Tensor>>): Promise<Answer> {
  const answer: Record<string, Answer[string]> = {};
  for (const [key, tensor] of Object.entries(outputs)) {
    answer[key] = { shape: [...tensor.shape], dtype: tensor.dtype, values: await tensor.data<'float32'>() };
    tensor.dispose();
  }
  return answer;
}
