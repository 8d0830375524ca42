import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { Facts } from '../facts.js';
import type { ValueId } from '../graph/node.js';
import type { WeightConstraint } from '../graph/weight-constraint.js';
import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import type { Random } from '../random.js';
import type { Weights } from '../weights.js';
import { columnsOf, disposeBatch, examplesOf, sourceOf, type Batch, type Examples } from './data.js';
import { constrained } from './constraints.js';
import { Goals, type Forwarded, type Moment, type Objective, type WeighedLoss } from './goals.js';
import { notesOfLeftOut } from './left-out.js';
import { penaltiesOf, penaltyTerms, type Penalty } from './penalties.js';
import { trainingOf, weightRoles, type RoleOptions, type WeightRoles } from './trainable.js';
import { FedGraph, feedsOf, refuseControlFlow } from './training-graph.js';
import { TrainedWeights } from './variables.js';

/** What a batch gave. */
export interface Measured {
  /** Loss and metrics by name. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly examples: number;
}

/** Gradients of a batch with what it gave. */
export interface Pull extends Measured {
  readonly gradients: tf.NamedTensorMap;
  /** What the batch showed for each running average. */
  readonly statistics: readonly tf.Tensor[];
}

/** A model whose weights are variables: computes losses, gradients and metrics of batches. */
export class Trainer {
  readonly weights: TrainedWeights;
  private readonly goals: Goals;
  private readonly roles: WeightRoles;
  private readonly graphs: { readonly training: FedGraph; readonly inference: FedGraph };
  private readonly penalties: readonly Penalty[];
  private readonly constraints: ReadonlyMap<string, WeightConstraint>;

  constructor(
    private readonly model: Model,
    objective: Objective,
    options: RoleOptions & { readonly validation?: unknown },
  ) {
    if (model.stage !== 'float') {
      fail('model/stage', {
        subject: 'model',
        expected: 'float weights, which gradients change',
        got: `a model of stage ${model.stage}`,
        advice: 'Train it before it is quantized',
      });
    }
    refuseControlFlow(model);
    this.goals = new Goals(model, objective, options.validation !== undefined);
    this.roles = weightRoles(model, options);
    this.penalties = penaltiesOf(model, this.roles.trained);
    this.constraints = new Map(
      this.roles.trained.flatMap((name) => {
        const { constraint } = trainingOf(model, name);
        return constraint === undefined ? [] : [[name, constraint] as const];
      }),
    );
    this.weights = new TrainedWeights(model, this.roles);
    const { fed } = this.weights;
    try {
      this.goals.makeVariables();
      this.graphs = {
        training: new FedGraph(model, fed, this.roles.norms),
        inference: new FedGraph(model, fed, undefined),
      };
    } catch (error) {
      this.weights.dispose();
      this.goals.dispose();
      throw error;
    }
  }

  /** What it is trained for in words, for checkpoints. */
  described(): { readonly loss: string; readonly metrics: string } {
    return this.goals.described();
  }

  /** Names of all that may be told of an epoch. */
  names(): string[] {
    return this.goals.names();
  }

  /** All variables that gradients are taken of: the model's, and those of losses. */
  variables(): tf.Variable[] {
    return [...this.weights.list(), ...this.goals.variables()];
  }

  /** Weights of losses. */
  ownVariables(): tf.Variable[] {
    return this.goals.variables();
  }

  /**
   * Takes up what a checkpoint holds, once it is known to fit.
   * @param own weights of losses, by their number.
   */
  restore(weights: Weights, facts: Facts, own: Weights): void {
    const tensorOf = (held: Weights, name: string): tf.Tensor => {
      const weight = held.need(name);
      return tf.tensor(weight.numbers(), [...weight.shape], weight.dtype);
    };
    this.weights.facts.become(facts);
    tf.tidy(() => {
      const values = new Map([...this.weights.names()].map((name) => [name, tensorOf(weights, name)]));
      this.weights.assign(values);
      this.ownVariables().forEach((variable, i) => variable.assign(tensorOf(own, `loss/${i}`)));
    });
  }

  /**
   * Refuses examples that do not fit the model or whose labels cannot be right, before they are trained on.
   * @param subject what the labels are in messages.
   */
  async check(examples: Examples, batchSize: number, subject: string): Promise<void> {
    for await (const batch of sourceOf(examples).batches(0, { batchSize })) {
      try {
        feedsOf(this.model, batch);
      } finally {
        disposeBatch(batch);
      }
      break;
    }
    await this.goals.checkLabels(columnsOf(examples.labels), subject);
  }

  /** Loss and gradients of a batch; nothing changes. Without random numbers layers make no noise. */
  async pull(batch: Batch, moment: Moment, random: Random | undefined): Promise<Pull> {
    const named = feedsOf(this.model, batch);
    await this.goals.check(batch);
    const outcome: {
      numbers: (readonly [string, tf.Tensor])[];
      statistics: readonly tf.Tensor[];
      failure?: unknown;
    } = { numbers: [], statistics: [] };
    const { value, grads } = tf.variableGrads(() => {
      try {
        const found = this.forward(named, random);
        const given: Forwarded = { batch, named, found, moment, training: true };
        const losses = this.goals.losses(given);
        outcome.numbers = this.goals.told(losses, given).map(([name, each]) => [name, tf.keep(each)]);
        outcome.statistics = this.roles.running.map((each) => tf.keep(found.get(each.value) as tf.Tensor));
        return this.total(losses);
      } catch (error) {
        outcome.failure = error;
        // TensorFlow.js frees what it keeps for gradients only where there is one.
        return tf.sum<tf.Scalar>(this.variables()[0] as tf.Tensor);
      }
    }, this.variables());
    const { statistics } = outcome;
    try {
      if ('failure' in outcome) throw outcome.failure;
      const numbers = await read([['loss', value], ...outcome.numbers]);
      return { numbers, gradients: grads, statistics, examples: examplesOf(batch) };
    } catch (error) {
      tf.dispose([grads, ...statistics]);
      throw error;
    } finally {
      tf.dispose([value, ...outcome.numbers.map(([, each]) => each)]);
    }
  }

  /** Loss and metrics of a batch in the form of inference. */
  async measure(batch: Batch, moment: Moment): Promise<Measured> {
    const named = feedsOf(this.model, batch);
    await this.goals.check(batch);
    const all = tf.tidy(() => {
      const found = this.graphs.inference.run({ ...named, ...this.weights.feeds() }, this.goals.wanted());
      const given: Forwarded = { batch, named, found, moment, training: false };
      const losses = this.goals.losses(given);
      return Object.fromEntries<tf.Tensor>([['loss', this.total(losses)], ...this.goals.told(losses, given)]);
    });
    try {
      return { numbers: await read(Object.entries(all)), examples: examplesOf(batch) };
    } finally {
      tf.dispose(all);
    }
  }

  private forward(
    named: Readonly<Record<string, tf.Tensor>>,
    random: Random | undefined,
  ): ReadonlyMap<ValueId, tf.Tensor> {
    const values = [...this.goals.wanted(), ...this.roles.running.map((each) => each.value)];
    return this.graphs.training.run({ ...named, ...this.weights.feeds() }, values, random);
  }

  /** Lets constraints of layers hold again after a step. */
  constrain(): void {
    for (const [name, constraint] of this.constraints)
      this.weights.change(name, (weight) => constrained(weight, constraint));
  }

  /** What the layers of the model do in training and this does not. */
  notes(): Note[] {
    return notesOfLeftOut(this.model, this.roles.trained);
  }

  /** Losses by their weights, and what regularizers add. */
  private total(losses: readonly WeighedLoss[]): tf.Scalar {
    const terms = losses.map(({ value, weight }) =>
      weight === 1 ? value : tf.mul<tf.Scalar>(value, weight),
    );
    const all = [...terms, ...penaltyTerms(this.penalties, this.weights)];
    return all.reduce((sum, term) => tf.add<tf.Scalar>(sum, term));
  }

  dispose(): void {
    this.graphs.training.dispose();
    this.graphs.inference.dispose();
    this.weights.dispose();
    this.goals.dispose();
  }
}

/** Numbers on the present backend as numbers of JavaScript, in one read. */
async function read(named: readonly (readonly [string, tf.Tensor])[]): Promise<Record<string, number>> {
  const joined = tf.tidy(() =>
    tf.concat(named.map(([, value]) => tf.reshape(tf.cast(value, 'float32'), [1]))),
  );
  try {
    const numbers = await joined.data();
    return Object.fromEntries(named.map(([name], i) => [name, numbers[i] as number]));
  } finally {
    joined.dispose();
  }
}
