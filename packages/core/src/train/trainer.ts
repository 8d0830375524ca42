import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { ValueId } from '../graph/node.js';
import type { Model } from '../model.js';
import type { Random } from '../random.js';
import { examplesOf, type Batch } from './data.js';
import { lossesOf, type LossInputs, type LossOption, type WeightedLoss } from './losses.js';
import { metricsOf, type MetricOption } from './metrics.js';
import { weightRoles, trainingOf, type RoleOptions, type WeightRoles } from './trainable.js';
import { FedGraph, feedsOf, refuseControlFlow, statisticsOf } from './training-graph.js';
import { TrainedWeights } from './variables.js';
import type { Weights } from '../weights.js';
import { shapeText } from '../text/shape.js';

/** What a model is trained for. */
export interface Objective {
  readonly loss: LossOption | readonly WeightedLoss[];
  readonly metrics?: readonly MetricOption[];
}

/** When a step is done. */
export interface Moment {
  readonly step: number;
  readonly steps: number;
}

/** What a batch gave. */
export interface Measured {
  /** Loss and metrics by name. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly examples: number;
}

/** Gradients of a batch with what it gave. */
export interface Pull extends Measured {
  readonly gradients: tf.NamedTensorMap;
  /** Mean and variance of the batch in each batch normalization. */
  readonly statistics: Statistics;
}

type Terms = ReturnType<typeof lossesOf>;

/** A model whose weights are variables: computes losses, gradients and metrics of batches. */
export class Trainer {
  readonly weights: TrainedWeights;
  private readonly roles: WeightRoles;
  private readonly graphs: { readonly training: FedGraph; readonly inference: FedGraph };
  private readonly terms: Terms;
  private readonly metrics: ReturnType<typeof metricsOf>;
  private readonly isValidated: boolean;
  private readonly watched: readonly (readonly ValueId[])[];
  private readonly penalties: readonly Penalty[];
  private readonly own: ReadonlyMap<string, tf.Variable>[];

  constructor(
    private readonly model: Model,
    { loss, metrics = [] }: Objective,
    options: RoleOptions & { readonly validation?: unknown },
  ) {
    this.isValidated = options.validation !== undefined;
    if (model.stage !== 'float') {
      fail('model/stage', {
        subject: 'model',
        expected: 'float weights, which gradients change',
        got: `a model of stage ${model.stage}`,
        advice: 'Train it before it is quantized',
      });
    }
    refuseControlFlow(model);
    this.terms = lossesOf(loss);
    this.metrics = metricsOf(metrics);
    this.roles = weightRoles(model, options);
    this.watched = this.terms.map((term) => this.checked(term.loss.name, term.loss.watch?.(model) ?? []));
    this.penalties = penaltiesOf(model, this.roles.trained);
    this.weights = new TrainedWeights(model, this.roles);
    this.own = this.terms.map(({ loss: { parameters } }, i) => ownVariables(parameters?.(model) ?? {}, i));
    const { fed } = this.weights;
    try {
      this.graphs = {
        training: new FedGraph(model, fed, this.roles.norms),
        inference: new FedGraph(model, fed, undefined),
      };
    } catch (error) {
      this.weights.dispose();
      tf.dispose(this.ownVariables());
      throw error;
    }
  }

  private checked(name: string, values: readonly ValueId[]): readonly ValueId[] {
    const strange = values.find((value) => !this.model.graph.has(value.replace(/:\d+$/, '')));
    if (strange === undefined) return values;
    return fail('graph/output', {
      subject: `loss ${name}: '${strange}'`,
      expected: 'a value of the graph',
      got: 'no such node',
    });
  }

  /** All variables that gradients are taken of: the model's, and those of losses. */
  variables(): tf.Variable[] {
    return [...this.weights.list(), ...this.ownVariables()];
  }

  /** Weights of losses. */
  ownVariables(): tf.Variable[] {
    return this.own.flatMap((variables) => [...variables.values()]);
  }

  /**
   * Takes up what a checkpoint holds.
   * @param own weights of losses, by their number.
   */
  restore(weights: Weights, own: Weights, subject: string): void {
    this.weights.checkFits(weights, subject);
    const tensorOf = (held: Weights, name: string): tf.Tensor => {
      const weight = held.need(name);
      return tf.tensor(weight.numbers(), [...weight.shape], weight.dtype);
    };
    tf.tidy(() => {
      this.weights.restore(new Map([...this.weights.names()].map((name) => [name, tensorOf(weights, name)])));
      this.ownVariables().forEach((variable, i) => variable.assign(tensorOf(own, `loss/${i}`)));
    });
  }

  /** Loss and gradients of a batch; nothing changes. */
  async pull(batch: Batch, moment: Moment, random: Random): Promise<Pull> {
    const named = feedsOf(this.model, batch);
    await this.checkClasses(batch);
    const outcome: { numbers: (readonly [string, tf.Tensor])[]; statistics: Statistics; failure?: unknown } =
      {
        numbers: [],
        statistics: [],
      };
    const { value, grads } = tf.variableGrads(() => {
      try {
        const found = this.forward(named, random);
        const given = { batch, named, found, moment, training: true };
        const losses = this.losses(given);
        const numbers = [...this.parts(losses), ...this.measures(given)];
        outcome.numbers = numbers.map(([name, each]) => [name, tf.keep(each)]);
        outcome.statistics = this.roles.norms.map((norm) => {
          const [mean, variance] = statisticsOf(norm);
          return [tf.keep(found.get(mean) as tf.Tensor), tf.keep(found.get(variance) as tf.Tensor)];
        });
        return total(losses, this.penalties, this.weights);
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
      tf.dispose([grads, ...statistics.flat()]);
      throw error;
    } finally {
      tf.dispose([value, ...outcome.numbers.map(([, each]) => each)]);
    }
  }

  /** Loss and metrics of a batch in the form of inference. */
  async measure(batch: Batch, moment: Moment): Promise<Measured> {
    const named = feedsOf(this.model, batch);
    await this.checkClasses(batch);
    const all = tf.tidy(() => {
      const found = this.graphs.inference.run({ ...named, ...this.weights.feeds() }, this.wanted());
      const given = { batch, named, found, moment, training: false };
      const losses = this.losses(given);
      const loss = total(losses, this.penalties, this.weights);
      return Object.fromEntries<tf.Tensor>([['loss', loss], ...this.parts(losses), ...this.measures(given)]);
    });
    try {
      return { numbers: await read(Object.entries(all)), examples: examplesOf(batch) };
    } finally {
      tf.dispose(all);
    }
  }

  private wanted(): ValueId[] {
    return [...this.model.signature.outputs.map(({ value }) => value), ...this.watched.flat()];
  }

  private forward(
    named: Readonly<Record<string, tf.Tensor>>,
    random: Random,
  ): ReadonlyMap<ValueId, tf.Tensor> {
    const values = [...this.wanted(), ...this.roles.norms.flatMap(statisticsOf)];
    return this.graphs.training.run({ ...named, ...this.weights.feeds() }, values, random);
  }

  private given({ batch, named, found, moment, training }: Given, term: number): LossInputs {
    return {
      ...moment,
      outputs: this.model.signature.outputs.map(({ value }) => found.get(value) as tf.Tensor),
      values: new Map((this.watched[term] ?? []).map((value) => [value, found.get(value) as tf.Tensor])),
      labels: labelsOf(batch),
      inputs: Object.fromEntries(
        this.model.signature.inputs.map(({ key, value }) => [key, named[value] as tf.Tensor]),
      ),
      extras: batch.extras ?? {},
      indices: batch.indices,
      parameters: this.own[term] ?? new Map<string, tf.Tensor>(),
      training,
    };
  }

  /** Each loss with what it is multiplied by. */
  private losses(given: Given): WeighedLoss[] {
    const { step, steps } = given.moment;
    return this.terms.map(({ loss, weight }, i) => {
      const inputs = this.given(given, i);
      if (loss.takesClasses === true) refuseOneClass(inputs.outputs);
      const value = loss.compute(inputs);
      if (value instanceof tf.Tensor && value.size === 1)
        return { name: loss.name, value: tf.reshape(value, []), weight: weight(step, steps) };
      return fail('train/loss', {
        subject: `loss ${loss.name}`,
        expected: 'one number for the batch',
        got: value instanceof tf.Tensor ? `shape ${shapeText(value.shape)}` : typeof value,
        advice: 'Take the mean over examples',
      });
    });
  }

  /** Losses one by one, where there are several. */
  private parts(losses: readonly WeighedLoss[]): (readonly [string, tf.Tensor])[] {
    return losses.length === 1 ? [] : losses.map(({ name, value }) => [`loss/${name}`, value] as const);
  }

  private measures(given: Given): (readonly [string, tf.Tensor])[] {
    const isIdle = given.training && this.isValidated && labelsOf(given.batch).length === 0;
    const told = this.metrics.filter(({ needsLabels = false }) => !(isIdle && needsLabels));
    return told.map(({ name, compute }) => [name, compute(this.given(given, 0))] as const);
  }

  private async checkClasses(batch: Batch): Promise<void> {
    if (!this.terms.some(({ loss }) => loss.takesClasses)) return;
    for (const [i, labels] of labelsOf(batch).entries()) {
      const shape = this.model.signature.outputs[i]?.shape;
      const classes = shape?.at(-1);
      if (shape === undefined || classes === undefined || classes < 2) continue;
      const isColumn = labels.rank === shape.length && labels.shape.at(-1) === 1;
      if (!isColumn && labels.rank >= shape.length) continue;
      const strange = (await labels.data()).find(
        (label) => !(Number.isInteger(label) && label >= 0 && label < classes),
      );
      if (strange === undefined) continue;
      fail('train/data', {
        subject: 'labels',
        expected: `class numbers from 0 to ${classes - 1}`,
        got: String(strange),
        advice: 'Number classes from 0, one for each output of the model',
      });
    }
  }

  dispose(): void {
    this.graphs.training.dispose();
    this.graphs.inference.dispose();
    this.weights.dispose();
    tf.dispose(this.ownVariables());
  }
}

/** Refuses one number where classes are told apart: the loss of it would always be 0. */
function refuseOneClass(outputs: readonly tf.Tensor[]): void {
  const single = outputs.find(({ shape }) => shape.at(-1) === 1);
  if (single === undefined) return;
  fail('train/loss', {
    subject: 'output',
    expected: 'a number for each of two classes or more',
    got: `shape ${shapeText(single.shape)}`,
    advice: "The loss of a single yes or no is 'binaryCrossEntropy'",
  });
}

type Statistics = readonly (readonly [mean: tf.Tensor, variance: tf.Tensor])[];

interface Given {
  readonly batch: Batch;
  readonly named: Readonly<Record<string, tf.Tensor>>;
  readonly found: ReadonlyMap<ValueId, tf.Tensor>;
  readonly moment: Moment;
  readonly training: boolean;
}

interface WeighedLoss {
  readonly name: string;
  readonly value: tf.Scalar;
  readonly weight: number;
}

/** What a weight's regularizer adds to the loss. */
interface Penalty {
  readonly weight: string;
  readonly l1: number;
  readonly l2: number;
}

function penaltiesOf(model: Model, trained: readonly string[]): Penalty[] {
  return trained.flatMap((weight): Penalty[] => {
    const { l1 = 0, l2 = 0 } = trainingOf(model, weight);
    return l1 === 0 && l2 === 0 ? [] : [{ weight, l1, l2 }];
  });
}

function total(
  losses: readonly WeighedLoss[],
  penalties: readonly Penalty[],
  weights: TrainedWeights,
): tf.Scalar {
  const terms = losses.map(({ value, weight }) => (weight === 1 ? value : tf.mul<tf.Scalar>(value, weight)));
  for (const { weight, l1, l2 } of penalties) {
    const values = weights.get(weight) as tf.Tensor;
    if (l1 > 0) terms.push(tf.mul<tf.Scalar>(tf.sum(tf.abs(values)), l1));
    if (l2 > 0) terms.push(tf.mul<tf.Scalar>(tf.sum(tf.square(values)), l2));
  }
  return terms.reduce((sum, term) => tf.add<tf.Scalar>(sum, term));
}

function labelsOf({ labels }: Batch): readonly tf.Tensor[] {
  if (labels === undefined) return [];
  return labels instanceof tf.Tensor ? [labels] : labels;
}

function ownVariables(values: Readonly<Record<string, tf.Tensor>>, term: number): Map<string, tf.Variable> {
  const entries = Object.entries(values).map(([name, value]): [string, tf.Variable] => {
    const variable = tf.variable(value, true, `tfjs-optimize-loss-${++count}/${term}/${name}`);
    value.dispose();
    return [name, variable];
  });
  return new Map(entries);
}

let count = 0;

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
