import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import type { ValueId } from '../graph/node.js';
import type { Model } from '../model.js';
import { shapeText } from '../text/shape.js';
import { checkClassLabels, refuseOneClass } from './class-labels.js';
import type { Batch } from './data.js';
import { lossesOf, type LossInputs, type LossOption, type WeightedLoss } from './losses.js';
import { metricsOf, type MetricOption } from './metrics.js';

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

/** A batch that has gone through the model. */
export interface Forwarded {
  readonly batch: Batch;
  /** Inputs by the values of the graph that they are. */
  readonly named: Readonly<Record<string, tf.Tensor>>;
  readonly found: ReadonlyMap<ValueId, tf.Tensor>;
  readonly moment: Moment;
  readonly training: boolean;
}

/** A loss of a batch, and what it is multiplied by. */
export interface WeighedLoss {
  readonly name: string;
  readonly value: tf.Scalar;
  readonly weight: number;
}

type Named = readonly (readonly [name: string, value: tf.Tensor])[];

/** The losses and metrics of a training, with the weights that losses have of their own. */
export class Goals {
  private readonly terms: ReturnType<typeof lossesOf>;
  private readonly metrics: ReturnType<typeof metricsOf>;
  /** Inner values that each loss asks for. */
  private readonly watched: readonly (readonly ValueId[])[];
  private own: readonly ReadonlyMap<string, tf.Variable>[] = [];

  constructor(
    private readonly model: Model,
    { loss, metrics = [] }: Objective,
    private readonly isValidated: boolean,
  ) {
    this.terms = lossesOf(loss);
    this.metrics = metricsOf(metrics);
    this.watched = this.terms.map((term) => this.checked(term.loss.name, term.loss.watch?.(model) ?? []));
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

  /** Losses and metrics in words, for checkpoints. */
  described(): { readonly loss: string; readonly metrics: string } {
    const losses = this.terms.map(({ loss, factor }) => `${loss.name} × ${factor}`);
    return { loss: losses.join(', '), metrics: this.metrics.map(({ name }) => name).join(', ') || 'none' };
  }

  /** Makes the weights that losses ask for. */
  makeVariables(): void {
    this.own = this.terms.map(({ loss: { parameters } }, i) =>
      ownVariables(parameters?.(this.model) ?? {}, i),
    );
  }

  /** Weights of losses. */
  variables(): tf.Variable[] {
    return this.own.flatMap((variables) => [...variables.values()]);
  }

  /** Values of the graph that losses and metrics are computed of. */
  wanted(): ValueId[] {
    return [...this.model.signature.outputs.map(({ value }) => value), ...this.watched.flat()];
  }

  /** Refuses labels that cannot be right, before anything is computed of them. */
  async check(batch: Batch): Promise<void> {
    if (!this.terms.some(({ loss }) => loss.takesClasses)) return;
    await checkClassLabels(labelsOf(batch), this.model.signature.outputs);
  }

  /** Each loss with what it is multiplied by. */
  losses(given: Forwarded): WeighedLoss[] {
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

  /** What is told of a batch beside the loss: losses one by one, where there are several, and metrics. */
  told(losses: readonly WeighedLoss[], given: Forwarded): Named {
    const parts =
      losses.length === 1 ? [] : losses.map(({ name, value }) => [`loss/${name}`, value] as const);
    return [...parts, ...this.measures(given)];
  }

  private measures(given: Forwarded): Named {
    const isIdle = given.training && this.isValidated && labelsOf(given.batch).length === 0;
    const told = this.metrics.filter(({ needsLabels = false }) => !(isIdle && needsLabels));
    return told.map(({ name, compute }) => [name, compute(this.given(given, 0))] as const);
  }

  private given({ batch, named, found, moment, training }: Forwarded, term: number): LossInputs {
    const { inputs, outputs } = this.model.signature;
    return {
      ...moment,
      outputs: outputs.map(({ value }) => found.get(value) as tf.Tensor),
      values: new Map((this.watched[term] ?? []).map((value) => [value, found.get(value) as tf.Tensor])),
      labels: labelsOf(batch),
      inputs: Object.fromEntries(inputs.map(({ key, value }) => [key, named[value] as tf.Tensor])),
      extras: batch.extras ?? {},
      indices: batch.indices,
      parameters: this.own[term] ?? new Map<string, tf.Tensor>(),
      training,
    };
  }

  dispose(): void {
    tf.dispose(this.variables());
  }
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
