import * as tf from '@tensorflow/tfjs';
import { checkOptions, fail, optionKinds, shapeText, valueText } from '@tfjs-optimize/core';

/** A class that a network sees in an image. */
export interface TopClass {
  /** From 0 on; of ImageNet by the order of the WordNet ids of its classes. */
  readonly index: number;
  /** From 0 to 1. */
  readonly probability: number;
  /** Its name, where names were given. */
  readonly label: string | undefined;
}

/**
 * The most probable classes of each image, most probable first.
 * @param logits [batch, classes].
 * @param options.count how many of each; 5 unless told, or as many as there are.
 * @param options.labels names of the classes, in their order: `imagenetLabels` of `@tfjs-optimize/models/imagenet`, or what
 *   `readLabels` reads.
 * @throws `argument/invalid` for options that do not fit, and for logits that are not finite.
 */
export async function topClasses(
  logits: tf.Tensor,
  options: { readonly count?: number; readonly labels?: readonly string[] } = {},
): Promise<TopClass[][]> {
  checkOptions<{ count?: number; labels?: readonly string[] }>(options, {
    count: optionKinds.whole,
    labels: optionKinds.list,
  });
  const { labels } = options;
  if (!(logits instanceof tf.Tensor) || logits.rank !== 2) {
    fail('argument/invalid', {
      subject: 'logits',
      expected: 'a tensor [batch, classes]',
      got: logits instanceof tf.Tensor ? shapeText(logits.shape) : valueText(logits),
    });
  }
  const [batch, classes] = logits.shape as [number, number];
  const { count = Math.min(5, classes) } = options;
  if (count > classes) {
    fail('argument/invalid', { subject: 'count', expected: `1 to ${classes}`, got: valueText(count) });
  }
  if (labels !== undefined && labels.length !== classes) {
    fail('argument/invalid', {
      subject: 'labels',
      expected: `${classes}, one for each class`,
      got: `${labels.length}`,
    });
  }
  const probabilities = tf.tidy(() => tf.softmax(logits));
  const values = await probabilities.data();
  probabilities.dispose();
  const bad = values.findIndex((value) => Number.isNaN(value));
  if (bad >= 0) {
    fail('argument/invalid', {
      subject: `logits of image ${Math.floor(bad / classes)}`,
      expected: 'finite numbers',
      got: 'NaN or infinity among them',
      advice: 'Look for NaN in images and weights; halves overflow beyond 65504',
    });
  }
  return Array.from({ length: batch }, (_, row) =>
    Array.from(values.subarray(row * classes, (row + 1) * classes), (probability, index) => ({
      index,
      probability,
      label: labels?.[index],
    }))
      .sort((a, b) => b.probability - a.probability || a.index - b.index)
      .slice(0, count),
  );
}
