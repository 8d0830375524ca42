import * as tf from '@tensorflow/tfjs';
import type { GoldenTensor, GoldenValue } from '@tfjs-optimize/testing';
import { bertParameters } from '../../src/bert/parameters.js';
import { readBertConfig, type BertConfig } from '../../src/bert/config.js';
import { hashedWeight } from './hashed.js';
import type { StateDict } from '../../src/state-dict.js';

/** The small BERT of the golden files. */
export const TINY = readBertConfig({
  vocab_size: 1500,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  max_position_embeddings: 64,
  num_labels: 3,
});

/** Its parameters by their names in a `BertForSequenceClassification`. */
export function tinyState(config: BertConfig = TINY): StateDict {
  const all = bertParameters(config, { pooler: true, classifier: config.labels.length > 0 });
  return new Map(
    Array.from(all, ([name, shape]) => {
      const full = name.startsWith('classifier') ? name : `bert.${name}`;
      return [full, hashedWeight(full, shape)] as const;
    }),
  );
}

/** Rows of whole numbers, as golden files have them, as tensors of the model's inputs. */
export function inputsOf(inputs: Readonly<Record<string, GoldenValue>>): Record<string, tf.Tensor> {
  const rows = (name: string): tf.Tensor =>
    tf.tensor2d(inputs[name] as unknown as number[][], undefined, 'int32');
  return {
    input_ids: rows('input_ids'),
    token_type_ids: rows('token_type_ids'),
    attention_mask: rows('attention_mask'),
  };
}

/** The largest difference to what PyTorch computed, relative to its largest number. */
export function relativeDifference(got: ArrayLike<number>, { data }: GoldenTensor): number {
  const largest = Math.max(...data.map(Math.abs));
  return Math.max(...data.map((value, i) => Math.abs((got[i] as number) - value))) / largest;
}
