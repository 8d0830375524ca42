import * as tf from '@tensorflow/tfjs';
import { randomStream } from '@tfjs-optimize/core';
import { PIXELS, SIDE, shuffle, type Digits } from './digits.js';
import { digitNetwork } from './network.js';

/** Settings of {@link trainDigits}. */
export interface TrainingOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Learning rate at the start; it falls to 0 along half a cosine. */
  readonly learningRate: number;
  /** Stops after so many steps, for tests. */
  readonly maxSteps?: number;
  /** Told after each epoch. */
  readonly progress?: (epoch: number, meanLoss: number) => void;
}

/** How far a training image is moved at most, either way: pixels, radians and a share of its size. */
const MAX_SHIFT = 2;
const MAX_TURN = 0.2;
const MAX_ZOOM = 0.1;

/**
 * Trains the network by seed: initial weights, order of the images, how they are moved and what dropout
 * drops all follow from it, so that a backend that computes the same way twice gives the same
 * weights twice.
 */
export async function trainDigits(data: Digits, options: TrainingOptions): Promise<tf.LayersModel> {
  const { seed, epochs, batchSize, learningRate, maxSteps = Infinity } = options;
  const model = digitNetwork(seed);
  const optimizer = tf.train.momentum(learningRate, 0.9, true);
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' });
  const dropout = model.getLayer('dropout');
  const random = randomStream(seed);
  const order = Array.from({ length: data.count }, (_, i) => i);
  const stepsPerEpoch = Math.floor(data.count / batchSize);
  const steps = Math.min(maxSteps, epochs * stepsPerEpoch);
  let lossSum = 0;
  for (let step = 0; step < steps; step++) {
    const inEpoch = step % stepsPerEpoch;
    if (inEpoch === 0) shuffle(order, random);
    optimizer.setLearningRate((learningRate / 2) * (1 + Math.cos((Math.PI * step) / steps)));
    // The layer has one seed for all its calls: without a new one it would always drop the same.
    Object.assign(dropout, { seed: seed + 1 + step });
    const picked = order.slice(inEpoch * batchSize, (inEpoch + 1) * batchSize);
    const [images, labels] = batch(data, picked, random);
    lossSum += (await model.trainOnBatch(images, labels)) as number;
    tf.dispose([images, labels]);
    if (inEpoch === stepsPerEpoch - 1) {
      options.progress?.(Math.ceil((step + 1) / stepsPerEpoch), lossSum / stepsPerEpoch);
      lossSum = 0;
    }
  }
  Object.assign(dropout, { seed: undefined });
  optimizer.dispose();
  return model;
}

/** Share of the images whose most probable digit is the right one. */
export function accuracy(predict: (images: tf.Tensor) => tf.Tensor, data: Digits, batchSize = 100): number {
  let right = 0;
  for (let at = 0; at < data.count; at += batchSize) {
    const guesses = tf.tidy(() => {
      const pixels = data.pixels.subarray(at * PIXELS, (at + batchSize) * PIXELS);
      return predict(tf.tensor(pixels, [pixels.length / PIXELS, SIDE, SIDE, 1]))
        .argMax(1)
        .dataSync();
    });
    guesses.forEach((guess, i) => (right += guess === data.labels[at + i] ? 1 : 0));
  }
  return right / data.count;
}

/** Images, each moved a little in its own way, and their labels. */
function batch(data: Digits, picked: readonly number[], random: () => number): [tf.Tensor, tf.Tensor] {
  const pixels = new Float32Array(picked.length * PIXELS);
  picked.forEach((image, at) => {
    const from = data.pixels.subarray(image * PIXELS, (image + 1) * PIXELS);
    moved(from, pixels.subarray(at * PIXELS, (at + 1) * PIXELS), random);
  });
  const labels = Float32Array.from(picked, (image) => data.labels[image] as number);
  return [tf.tensor(pixels, [picked.length, SIDE, SIDE, 1]), tf.tensor(labels, [picked.length, 1])];
}

/** Shifts, turns and zooms an image about its middle, with bilinear interpolation. */
function moved(from: Float32Array, to: Float32Array, random: () => number): void {
  const within = (limit: number) => limit * (2 * random() - 1);
  const [right, down, turn, zoom] = [
    within(MAX_SHIFT),
    within(MAX_SHIFT),
    within(MAX_TURN),
    1 + within(MAX_ZOOM),
  ];
  const [cos, sin] = [Math.cos(turn) * zoom, Math.sin(turn) * zoom];
  const middle = (SIDE - 1) / 2;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [dx, dy] = [x - middle - right, y - middle - down];
      to[y * SIDE + x] = sample(from, middle + cos * dx - sin * dy, middle + sin * dx + cos * dy);
    }
  }
}

/** Value of an image between its pixels; 0 outside. */
function sample(image: Float32Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [toRight, toBottom] = [x - left, y - top];
  const pixel = (column: number, row: number) =>
    column < 0 || row < 0 || column >= SIDE || row >= SIDE ? 0 : (image[row * SIDE + column] as number);
  const upper = pixel(left, top) * (1 - toRight) + pixel(left + 1, top) * toRight;
  const lower = pixel(left, top + 1) * (1 - toRight) + pixel(left + 1, top + 1) * toRight;
  return upper * (1 - toBottom) + lower * toBottom;
}
