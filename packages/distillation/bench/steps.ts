import { fit, toArtifacts, type Batch, type FitOptions, type Model } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { PIXELS } from './digits.js';

const BATCH = 128;
const CLASSES = 10;

/** One batch of numbers and class numbers, the same at every step. */
export function batchOf(seed: number): { readonly inputs: tf.Tensor; readonly labels: tf.Tensor } {
  return {
    inputs: nets.uniformTensor([BATCH, PIXELS], seed, 0, 1),
    labels: tf.tidy(() => tf.range(0, BATCH, 1, 'int32').mod(tf.scalar(CLASSES, 'int32'))),
  };
}

/** Training that goes on step by step, as it is asked to. */
export interface Stepwise {
  /** One step; gives its loss. */
  step(): Promise<tf.Tensor>;
  /** Ends it, and frees all. */
  end(): Promise<void>;
}

/** {@link fit} on one batch without end, held up after each step until the next is asked for. */
export function fitting(model: Model, { inputs, labels }: Batch, options: Partial<FitOptions>): Stepwise {
  const stop = new AbortController();
  let release: () => void = () => undefined;
  let done: (loss: number) => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  async function* batches(): AsyncGenerator<Batch> {
    for (;;) {
      await new Promise<void>((resolve) => (release = resolve));
      if (stop.signal.aborted) return;
      yield {
        inputs: (inputs as tf.Tensor).clone(),
        ...(labels && { labels: (labels as tf.Tensor).clone() }),
      };
    }
  }
  const training = fit(model, {
    data: batches,
    epochs: 1,
    loss: 'crossEntropy',
    ...options,
    callbacks: { onStep: ({ numbers }) => done(numbers['loss'] as number) },
  }).catch((error: unknown) => failed(error));
  return {
    step: async () => {
      const loss = await new Promise<number>((resolve, reject) => {
        [done, failed] = [resolve, reject];
        release();
      });
      return tf.scalar(loss);
    },
    end: async () => {
      stop.abort();
      release();
      await training;
    },
  };
}

/** The loop that one writes without {@link fit}: `optimizer.minimize` over the same graph, its weights given to it. */
export async function byHand(model: Model, { inputs, labels }: Batch): Promise<Stepwise> {
  const graph = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const weights = [...model.weights].filter(
    ([, { dtype, shape }]) => dtype === 'float32' && shape.length > 0,
  );
  const variables = Object.fromEntries(
    weights.map(([name, weight]) => [name, tf.variable(tf.tensor(weight.numbers(), [...weight.shape]))]),
  );
  const optimizer = tf.train.adam(1e-3);
  const [input, output] = [
    model.signature.inputs[0]?.value as string,
    model.signature.outputs[0]?.value as string,
  ];
  const loss = (): tf.Scalar => {
    const logits = graph.execute({ ...variables, [input]: inputs as tf.Tensor }, output) as tf.Tensor;
    const wanted = tf.oneHot(labels as tf.Tensor1D, CLASSES).toFloat();
    return tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)))).div(BATCH);
  };
  return {
    step: async () => {
      const value = optimizer.minimize(loss, true) as tf.Scalar;
      // Who trains looks at the loss.
      await value.data();
      return value;
    },
    end: () => {
      optimizer.dispose();
      tf.dispose(variables);
      graph.dispose();
      return Promise.resolve();
    },
  };
}
