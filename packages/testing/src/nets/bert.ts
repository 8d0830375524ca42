import * as tf from '@tensorflow/tfjs';
import { seedWeights } from './weights.js';

/** Sizes of {@link bert}. */
export interface BertOptions {
  /** Tokens in a sequence. */
  readonly length?: number;
  /** Features of a token; a multiple of `heads`. */
  readonly hidden: number;
  readonly heads: number;
  /** Encoder blocks. */
  readonly blocks: number;
  readonly classes?: number;
  /**
   * Layer norms of tf.layers, which tile means and variances to the size of their input; or in arithmetic, as the
   * TensorFlow converter writes those of Keras, which is faster. The default is `layer`.
   */
  readonly norms?: 'layer' | 'arithmetic';
  readonly seed: number;
}

/**
 * BERT's encoder (Devlin et al. 2019) behind its embedding, with a classifier on the first token: attention of all
 * heads as one batched product, GELU by erf, layer norms behind the residual adds. Weights are random, those of layer
 * norms as they begin. Input [batch, length, hidden], logits [batch, classes].
 */
export function bert({
  length = 128,
  hidden,
  heads,
  blocks,
  classes = 2,
  norms = 'layer',
  seed,
}: BertOptions): tf.LayersModel {
  const norm = (x: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
    (norms === 'layer'
      ? tf.layers.layerNormalization({ epsilon: EPSILON, name })
      : new ArithmeticNorm({ name })
    ).apply(x) as tf.SymbolicTensor;
  const input = tf.input({ shape: [length, hidden], name: 'input_1' });
  let x = norm(input, 'embedding_norm');
  for (let i = 0; i < blocks; i++) {
    const name = `block_${i}`;
    const roles = ['query', 'key', 'value'].map((role) => dense(x, `${name}_${role}`, hidden));
    const mixed = new Attention(heads, `${name}_attention`).apply(roles) as tf.SymbolicTensor;
    x = norm(add([x, dense(mixed, `${name}_output`, hidden)], `${name}_add_0`), `${name}_norm_0`);
    const wide = new Gelu({ name: `${name}_gelu` }).apply(dense(x, `${name}_wide`, 4 * hidden));
    const fed = dense(wide as tf.SymbolicTensor, `${name}_narrow`, hidden);
    x = norm(add([x, fed], `${name}_add_1`), `${name}_norm_1`);
  }
  x = new First({ name: 'first' }).apply(x) as tf.SymbolicTensor;
  x = dense(x, 'pooler', hidden, 'tanh');
  x = dense(x, 'logits', classes);
  return seedWeights(tf.model({ inputs: input, outputs: x, name: 'bert' }), seed);
}

/** What layer norms add to the variance. */
const EPSILON = 1e-12;

/** Softmax(Q Kᵀ / √d) V of every head. */
class Attention extends tf.layers.Layer {
  static readonly className = 'BertAttention';

  constructor(
    private readonly heads: number,
    name: string,
  ) {
    super({ name });
  }

  override computeOutputShape(shapes: tf.Shape[]): tf.Shape {
    return shapes[0] as tf.Shape;
  }

  override call(inputs: tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [, length, hidden] = (inputs[0] as tf.Tensor).shape as [number, number, number];
      const depth = hidden / this.heads;
      const [query, key, value] = inputs.map((x) =>
        tf.transpose(tf.reshape(x, [-1, length, this.heads, depth]), [0, 2, 1, 3]),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(depth));
      const mixed = tf.matMul(tf.softmax(scores), value);
      return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, length, hidden]);
    });
  }
}

class Gelu extends tf.layers.Layer {
  static readonly className = 'BertGelu';

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor;
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    });
  }
}

/** (x - mean) · gamma / √(variance + ε) + beta, as tf.nn.batch_normalization of Python computes it. */
class ArithmeticNorm extends tf.layers.Layer {
  static readonly className = 'BertNorm';
  private gamma: tf.LayerVariable | undefined;
  private beta: tf.LayerVariable | undefined;

  override build(shape: tf.Shape): void {
    const size = [shape.at(-1) as number];
    this.gamma = this.addWeight('gamma', size, 'float32', tf.initializers.ones());
    this.beta = this.addWeight('beta', size, 'float32', tf.initializers.zeros());
    super.build(shape);
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor;
      const [gamma, beta] = [this.gamma, this.beta].map((each) => each?.read()) as [tf.Tensor, tf.Tensor];
      const mean = tf.mean(x, -1, true);
      const variance = tf.mean(tf.squaredDifference(x, mean), -1, true);
      const scale = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), gamma);
      return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
    });
  }
}

/** The first token of each sequence. */
class First extends tf.layers.Layer {
  static readonly className = 'BertFirst';

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [shape[0] as number, shape[2] as number];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor3D;
      const [batch, , hidden] = x.shape;
      return tf.reshape(tf.slice(x, [0, 0, 0], [batch, 1, hidden]), [batch, hidden]);
    });
  }
}

function dense(x: tf.SymbolicTensor, name: string, units: number, activation?: 'tanh'): tf.SymbolicTensor {
  return tf.layers
    .dense({ units, name, kernelInitializer: 'zeros', ...(activation && { activation }) })
    .apply(x) as tf.SymbolicTensor;
}

function add(x: tf.SymbolicTensor[], name: string): tf.SymbolicTensor {
  return tf.layers.add({ name }).apply(x) as tf.SymbolicTensor;
}
