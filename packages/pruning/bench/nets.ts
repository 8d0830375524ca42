import { traceLayersModel, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

const CLASSES = 10;

type Symbolic = tf.SymbolicTensor;

/** Seeds of one network's layers, one after the other. */
function seedsFrom(seed: number): () => number {
  let next = 100 * seed;
  return () => next++;
}

/** Layers that a network is put together of, with weights of the next seeds. */
function partsOf(seed: number) {
  const next = seedsFrom(seed);
  /** A convolution without a bias and its batch norm. */
  const normalized = (x: Symbolic, filters: number, kernelSize = 3, strides = 1): Symbolic => {
    const convolution = tf.layers.conv2d({
      ...{ filters, kernelSize, strides, padding: 'same', useBias: false },
      kernelInitializer: tf.initializers.heNormal({ seed: next() }),
    });
    return tf.layers.batchNormalization({ momentum: 0.9 }).apply(convolution.apply(x)) as Symbolic;
  };
  const relu = (x: Symbolic): Symbolic => tf.layers.reLU().apply(x) as Symbolic;
  const scores = (x: Symbolic): Symbolic => {
    const pooled = tf.layers.globalAveragePooling2d({}).apply(x);
    const kernelInitializer = tf.initializers.glorotNormal({ seed: next() });
    return tf.layers.dense({ units: CLASSES, kernelInitializer }).apply(pooled) as Symbolic;
  };
  return { normalized, relu, scores };
}

function traced(inputs: Symbolic, outputs: Symbolic): Model<'float'> {
  const layers = tf.model({ inputs, outputs });
  const model = traceLayersModel(layers);
  layers.dispose();
  return model;
}

/**
 * Five convolutions in stages of 1, 2 and 2 with pooling between, on images of 28 × 28 grey pixels: `filters` in the
 * first stage, twice and four times as many in the others.
 */
export function convolutional(filters: number, seed: number): Model<'float'> {
  const { normalized, relu, scores } = partsOf(seed);
  const input = tf.input({ shape: [28, 28, 1] });
  const pooled = (x: Symbolic): Symbolic => tf.layers.maxPooling2d({ poolSize: 2 }).apply(x) as Symbolic;
  const block = (x: Symbolic, width: number): Symbolic => relu(normalized(x, width));
  const middle = block(block(pooled(block(input, filters)), 2 * filters), 2 * filters);
  return traced(input, scores(block(block(pooled(middle), 4 * filters), 4 * filters)));
}

/**
 * The residual net for CIFAR of He et al. 2016 with 6n + 2 layers: n blocks in each of three stages of 16, 32 and 64
 * channels. Where channels become more, the shortcut is a convolution of 1 × 1 (their option B).
 */
export function residual(n: number, seed: number): Model<'float'> {
  const { normalized, relu, scores } = partsOf(seed);
  const input = tf.input({ shape: [32, 32, 3] });
  const block = (x: Symbolic, width: number, strides: number): Symbolic => {
    const inner = normalized(relu(normalized(x, width, 3, strides)), width);
    const shortcut = x.shape.at(-1) === width && strides === 1 ? x : normalized(x, width, 1, strides);
    return relu(tf.layers.add().apply([inner, shortcut]) as Symbolic);
  };
  let x = relu(normalized(input, 16));
  for (const [stage, width] of [16, 32, 64].entries())
    for (let i = 0; i < n; i++) x = block(x, width, stage > 0 && i === 0 ? 2 : 1);
  return traced(input, scores(x));
}
