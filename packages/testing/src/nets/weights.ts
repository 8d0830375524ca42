import * as tf from '@tensorflow/tfjs';

/**
 * Uniform numbers in [0, 1) by seed: mulberry32, 32 bits of state, the same sequence on every machine.
 */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A tensor with values uniform in [low, high), by seed. */
export function uniformTensor(shape: readonly number[], seed: number, low = -1, high = 1): tf.Tensor {
  const next = uniforms(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => low + (high - low) * next()),
    [...shape],
  );
}

/**
 * Gives every weight of a model new values by seed, as a trained network could have them: kernels
 * uniform with He's variance (2 / fan-in, so that ReLU networks keep their scale; He et al. 2015),
 * batch-norm statistics that are not those of an identity, small biases. Drawn in the order of
 * `model.layers`, so names of layers do not matter.
 * @returns the model.
 */
export function seedWeights<M extends tf.LayersModel>(model: M, seed: number): M {
  const next = uniforms(seed);
  for (const layer of model.layers) {
    const old = layer.getWeights();
    if (old.length === 0) continue;
    const fresh = layer.weights.map((variable, at) => {
      const shape = (old[at] as tf.Tensor).shape;
      const [low, high] = range(variable.originalName, shape);
      const size = shape.reduce((a, b) => a * b, 1);
      const values = new Float32Array(size);
      for (let i = 0; i < size; i++) values[i] = low + (high - low) * next();
      return tf.tensor(values, shape);
    });
    layer.setWeights(fresh);
    tf.dispose(fresh);
  }
  return model;
}

/** Range of the values of a weight, by its role: the last part of its name. */
function range(name: string, shape: readonly number[]): readonly [low: number, high: number] {
  const role = name.slice(name.lastIndexOf('/') + 1);
  switch (role) {
    case 'gamma':
    case 'moving_variance':
      return [0.8, 1.2];
    case 'beta':
    case 'bias':
    case 'moving_mean':
      return [-0.1, 0.1];
    default: {
      // A uniform value in (-a, a) has variance a² / 3.
      const limit = Math.sqrt(6 / fanIn(role, shape));
      return [-limit, limit];
    }
  }
}

function fanIn(role: string, shape: readonly number[]): number {
  const [height = 1, width = 1] = shape;
  if (role === 'depthwise_kernel') return height * width;
  return Math.max(
    1,
    shape.slice(0, -1).reduce((a, b) => a * b, 1),
  );
}
