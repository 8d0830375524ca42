import * as tf from '@tensorflow/tfjs';

/** Texts as numbers of tokens, row by row, all as long as the longest: what a BERT takes. */
export class TokenBatch {
  constructor(
    /** [texts, length]. */
    readonly shape: readonly [number, number],
    readonly inputIds: Int32Array,
    /** 0 for tokens of the text, 1 for those of its pair. */
    readonly tokenTypeIds: Int32Array,
    /** 1 for tokens that count, 0 for padding. */
    readonly attentionMask: Int32Array,
  ) {}

  /** As tensors by the names of the model's inputs. The caller disposes of them. */
  tensors(): { input_ids: tf.Tensor2D; token_type_ids: tf.Tensor2D; attention_mask: tf.Tensor2D } {
    const of = (values: Int32Array): tf.Tensor2D => tf.tensor2d(values, [...this.shape], 'int32');
    return {
      input_ids: of(this.inputIds),
      token_type_ids: of(this.tokenTypeIds),
      attention_mask: of(this.attentionMask),
    };
  }
}
