import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Facts, Running } from '../facts.js';
import type { Model } from '../model.js';
import { Weight, type Weights } from '../weights.js';
import type { WeightRoles } from './trainable.js';
import { TrainedFacts } from './trained-facts.js';
import { shapeText } from '../text/shape.js';

/** Values of weights at a moment, as tensors that nobody writes to. */
export type WeightValues = ReadonlyMap<string, tf.Tensor>;

/** Weights at a moment, and the facts that they obeyed. */
export interface Snapshot {
  readonly values: WeightValues;
  readonly facts: Facts;
}

let count = 0;

/** The weights of a model that is trained, as tensors on the present backend. */
export class TrainedWeights {
  /** By the name of the weight; variables themselves have names that no other training uses. */
  private readonly variables = new Map<string, tf.Variable>();
  private readonly constants = new Map<string, tf.Tensor>();
  private readonly running: readonly Running[];
  readonly trained: readonly string[];
  readonly facts: TrainedFacts;
  /** Names of weights by those of variables. */
  private readonly weightOf = new Map<string, string>();

  constructor(
    private readonly model: Model,
    { trained, frozen, running }: WeightRoles,
  ) {
    this.trained = trained;
    this.running = running;
    const training = ++count;
    const make = (name: string, trainable: boolean): void => {
      const own = `tfjs-optimize-fit-${training}/${name}`;
      this.variables.set(name, tf.variable(this.upload(name), trainable, own));
      this.weightOf.set(own, name);
    };
    tf.tidy(() => {
      for (const name of trained) make(name, true);
      for (const { weight } of running) if (!this.variables.has(weight)) make(weight, false);
      for (const name of frozen) this.constants.set(name, tf.keep(this.upload(name)));
    });
    try {
      this.facts = new TrainedFacts(model.facts);
    } catch (error) {
      this.disposeTensors();
      throw error;
    }
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

  /**
   * Moves averages of what was seen towards what a batch showed.
   * @param seen a tensor for each of them.
   * @param share of all steps that are done, from 0 to 1.
   */
  move(seen: readonly tf.Tensor[], share: number): void {
    tf.tidy(() => {
      this.running.forEach(({ weight, momentum, until = 1 }, i) => {
        if (until >= 1 || share < until) this.towards(weight, seen[i] as tf.Tensor, momentum);
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

  /** Makes weights obey every fact again. */
  project(): void {
    if (!this.facts.isDemanding) return;
    for (const name of this.trained) this.change(name, (weight) => this.facts.projected(name, weight));
  }

  /** What is now: values share memory with the variables until these get others. */
  snapshot(): Snapshot {
    const clones = [...this.variables].map(
      ([name, variable]) => [name, tf.keep(tf.clone(variable as tf.Tensor))] as const,
    );
    return { values: new Map(clones), facts: this.facts.now };
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

  /** Goes back to a moment, whose tensors stay the caller's. */
  restore({ values, facts }: Snapshot): void {
    this.assign(values);
    this.facts.become(facts);
  }

  /** Sets variables to values, which stay the caller's. */
  assign(values: WeightValues): void {
    for (const [name, value] of values) this.variables.get(name)?.assign(value);
  }

  /** The model of a moment, of now unless told. */
  async modelOf(then?: Snapshot): Promise<Model<'float'>> {
    const facts = then?.facts ?? this.facts.now;
    const changes = new Map<string, Weight>();
    for (const [name, tensor] of then?.values ?? this.variables) {
      const data = (await tensor.data()) as Float32Array;
      changes.set(name, Weight.of(data.slice(), tensor.shape));
    }
    return this.model.with({ weights: this.model.weights.with(changes), facts, stage: 'float' });
  }

  dispose(): void {
    this.disposeTensors();
    this.facts.dispose();
  }

  private disposeTensors(): void {
    tf.dispose([...this.variables.values(), ...this.constants.values()]);
  }
}
