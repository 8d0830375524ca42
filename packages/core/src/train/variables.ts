import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { type Facts } from '../facts.js';
import type { Model } from '../model.js';
import { Weight, type Weights } from '../weights.js';
import type { BatchNorm } from './batch-norm.js';
import type { WeightRoles } from './trainable.js';
import { shapeText } from '../text/shape.js';

/** Values of weights at a moment, as tensors that nobody writes to. */
export type WeightValues = ReadonlyMap<string, tf.Tensor>;

let count = 0;

/** The weights of a model that is trained, as tensors on the present backend. */
export class TrainedWeights {
  /** By the name of the weight; variables themselves have names that no other training uses. */
  private readonly variables = new Map<string, tf.Variable>();
  private readonly constants = new Map<string, tf.Tensor>();
  private readonly norms: readonly BatchNorm[];
  readonly trained: readonly string[];
  /** Names of weights by those of variables. */
  private readonly weightOf = new Map<string, string>();

  constructor(
    private readonly model: Model,
    { trained, frozen, norms }: WeightRoles,
  ) {
    this.trained = trained;
    this.norms = norms;
    const training = ++count;
    const make = (name: string, trainable: boolean): void => {
      const own = `tfjs-optimize-fit-${training}/${name}`;
      this.variables.set(name, tf.variable(this.upload(name), trainable, own));
      this.weightOf.set(own, name);
    };
    tf.tidy(() => {
      for (const name of trained) make(name, true);
      for (const { mean, variance } of norms)
        for (const name of [mean, variance]) if (!this.variables.has(name)) make(name, false);
      for (const name of frozen) this.constants.set(name, tf.keep(this.upload(name)));
    });
  }

  private upload(name: string): tf.Tensor {
    const weight = this.model.weights.need(name);
    return tf.tensor(weight.numbers(), [...weight.shape], 'float32');
  }

  /** Names of all weights that are given to the graph. */
  get fed(): ReadonlySet<string> {
    return new Set([...this.variables.keys(), ...this.constants.keys()]);
  }

  /** All of them, for the graph. */
  feeds(): Record<string, tf.Tensor> {
    return Object.fromEntries([...this.constants, ...this.variables]);
  }

  /** The variables that gradients are taken of. */
  list(): tf.Variable[] {
    return this.trained.map((name) => this.variables.get(name) as tf.Variable);
  }

  /** The weight that a variable of this training is. */
  nameOf(variable: string): string {
    return this.weightOf.get(variable) ?? variable;
  }

  /** Names of the weights that training changes. */
  names(): Iterable<string> {
    return this.variables.keys();
  }

  get(name: string): tf.Variable | undefined {
    return this.variables.get(name);
  }

  /** Moves mean and variance of what was seen towards those of a batch. */
  move(statistics: readonly (readonly [mean: tf.Tensor, variance: tf.Tensor])[]): void {
    tf.tidy(() => {
      this.norms.forEach(({ mean, variance, momentum }, i) => {
        const [ofBatch, varianceOfBatch] = statistics[i] as readonly [tf.Tensor, tf.Tensor];
        this.towards(mean, ofBatch, momentum);
        this.towards(variance, varianceOfBatch, momentum);
      });
    });
  }

  private towards(name: string, value: tf.Tensor, momentum: number): void {
    const variable = this.variables.get(name) as tf.Variable;
    const flat = tf.reshape(value, variable.shape);
    variable.assign(tf.add(tf.mul(variable, momentum), tf.mul(flat, 1 - momentum)));
  }

  /** Gives a weight the values that a function makes of it. */
  change(name: string, change: (weight: tf.Variable) => tf.Tensor): void {
    const variable = this.variables.get(name) as tf.Variable;
    tf.tidy(() => {
      const changed = change(variable);
      if (changed !== variable) variable.assign(changed);
    });
  }

  /** Lets every fact of the model make weights obey it again. */
  project(facts: Facts): void {
    for (const { fact, value } of facts) {
      if (fact.project === undefined) continue;
      for (const name of this.trained) {
        this.change(name, (weight) => fact.project?.(value, name, weight) ?? weight);
      }
    }
  }

  /** The values of now: they share memory with the variables until these get others. */
  values(): WeightValues {
    return new Map([...this.variables].map(([name, variable]) => [name, tf.keep(tf.clone(variable))]));
  }

  /** A weight that holds NaN or infinity. */
  async notFinite(): Promise<string | undefined> {
    const names = [...this.variables.keys()];
    if (names.length === 0) return undefined;
    const flags = tf.tidy(() =>
      tf.stack([...this.variables.values()].map((variable) => tf.all(tf.isFinite(variable as tf.Tensor)))),
    );
    try {
      const index = (await flags.data()).indexOf(0);
      return names[index];
    } finally {
      flags.dispose();
    }
  }

  /** Refuses weights of another model. */
  checkFits(weights: Weights, subject: string): void {
    for (const [name, variable] of this.variables) {
      const found = weights.get(name)?.shape;
      if (found?.join() === variable.shape.join()) continue;
      fail('train/checkpoint', {
        subject,
        expected: `a training of weight '${name}' of shape ${shapeText(variable.shape)}`,
        got: found === undefined ? 'one without it' : `one of shape ${shapeText(found)}`,
        advice: 'Resume with the model that it began with, or choose another folder',
      });
    }
  }

  /** Sets variables to values, which stay the caller's. */
  restore(values: WeightValues): void {
    for (const [name, value] of values) this.variables.get(name)?.assign(value);
  }

  /** The model with values in the place of its weights. */
  async modelOf(values?: WeightValues): Promise<Model<'float'>> {
    const changes = new Map<string, Weight>();
    for (const [name, tensor] of values ?? this.variables) {
      const data = (await tensor.data()) as Float32Array;
      changes.set(name, Weight.of(data.slice(), tensor.shape));
    }
    return this.model.with({ weights: this.model.weights.with(changes), stage: 'float' });
  }

  dispose(): void {
    tf.dispose([...this.variables.values(), ...this.constants.values()]);
  }
}
