import * as tf from '@tensorflow/tfjs';
import { breathe } from '../breathe.js';
import { fail } from '../errors.js';
import type { Model } from '../model.js';
import type { Progress } from '../pass.js';
import { Weight } from '../weights.js';
import { batchNorms, type BatchNorm } from './batch-norm.js';
import { disposeBatch, examplesOf, sourceOf, type Batch, type TrainingData } from './data.js';
import { eitherModel, type LayersOptions } from './either-model.js';
import { checkOptions, REESTIMATE_OPTIONS } from './options-check.js';
import { FedGraph, feedsOf, refuseControlFlow, statisticsOf } from './training-graph.js';

/** Options of {@link reestimateBatchNorm}. */
export interface ReestimateOptions extends LayersOptions {
  /** Examples at once, where data lie in memory; 256 unless told. Larger batches tell more of later layers. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/**
 * Sets mean and variance of every batch normalization to those of data, which need no labels: after weights changed
 * (pruning, quantization, an average of several trainings), what a model has kept of its training is no longer true.
 *
 * Each batch goes through the model in the form of training, without noise; what normalizations see of all batches
 * together becomes what they keep ("precise batch norm": Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm").
 * Means are exact for the first of them, and so is the variance: that within batches and that between their means.
 *
 * The model given stays as it is; a layers model gets the numbers and is given back.
 *
 * @throws `train/unsupported` for a model without batch normalizations that keep a mean and variance of their own (as
 *   once they are folded into convolutions), or with control flow; `model/stage` for integer models; `train/data` for
 *   data without a batch, or that make them NaN or infinite; `aborted`.
 */
export function reestimateBatchNorm(
  model: Model,
  data: TrainingData,
  options?: ReestimateOptions,
): Promise<Model<'float'>>;
export function reestimateBatchNorm(
  model: tf.LayersModel,
  data: TrainingData,
  options?: ReestimateOptions,
): Promise<tf.LayersModel>;
export async function reestimateBatchNorm(
  model: Model | tf.LayersModel,
  data: TrainingData,
  options: ReestimateOptions = {},
): Promise<Model<'float'> | tf.LayersModel> {
  checkOptions(options, REESTIMATE_OPTIONS, []);
  const { model: graph, layersWith } = eitherModel(model, options);
  const estimated = await reestimate(graph, data, options);
  return layersWith === undefined ? estimated : layersWith(estimated);
}

async function reestimate(
  model: Model,
  data: TrainingData,
  { batchSize = 256, signal, progress }: ReestimateOptions,
): Promise<Model<'float'>> {
  const norms = check(model);
  const source = sourceOf(data);
  const steps = source.steps(batchSize);
  const seen = new Map<string, Moments>();
  const graph = new FedGraph(model, new Set(), norms);
  let done = 0;
  try {
    for await (const batch of source.batches(0, { batchSize })) {
      try {
        await breathe(signal, 'estimating');
        await look(graph, model, batch, norms, seen);
      } finally {
        disposeBatch(batch);
      }
      done++;
      progress?.({ task: 'batch norms', done, ...(steps !== undefined && { total: steps }) });
    }
  } finally {
    graph.dispose();
  }
  if (done === 0) {
    fail('train/data', { subject: 'data', expected: 'at least one batch', got: 'none' });
  }
  const changes = new Map(norms.flatMap((norm) => changesOf(model, norm, seen.get(norm.mean) as Moments)));
  return model.with({ weights: model.weights.with(changes), stage: 'float' });
}

function check(model: Model): BatchNorm[] {
  if (model.stage !== 'float') {
    fail('model/stage', {
      subject: 'model',
      expected: 'float weights, which batch normalizations keep',
      got: `a model of stage ${model.stage}`,
      advice: 'Estimate before it is quantized',
    });
  }
  refuseControlFlow(model);
  const norms = batchNorms(model);
  if (norms.length > 0) return norms;
  return fail('train/unsupported', {
    subject: 'model',
    expected: 'batch normalizations whose mean and variance are weights',
    got: 'none',
    advice: 'Estimate before they are folded into convolutions',
  });
}

/** What one normalization saw, number by number. */
interface Moments {
  /** Examples, with which batches are weighed. */
  examples: number;
  /** Sums of means and of mean squares. */
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

/** Adds what a batch shows; weights that several normalizations share get what all of them see. */
async function look(
  graph: FedGraph,
  model: Model,
  batch: Batch,
  norms: readonly BatchNorm[],
  seen: Map<string, Moments>,
): Promise<void> {
  const found = tf.tidy(() => {
    const values = graph.run(feedsOf(model, batch), norms.flatMap(statisticsOf));
    return norms.map((norm) => statisticsOf(norm).map((value) => values.get(value) as tf.Tensor));
  });
  try {
    const examples = examplesOf(batch);
    for (const [i, norm] of norms.entries()) {
      const [means, variances] = await Promise.all(
        (found[i] ?? []).map((tensor) => tensor.data<'float32'>()),
      );
      add(seen, norm.mean, examples, means as Float32Array, variances as Float32Array);
    }
  } finally {
    tf.dispose(found);
  }
}

function add(
  seen: Map<string, Moments>,
  name: string,
  examples: number,
  means: Float32Array,
  variances: Float32Array,
): void {
  const strange = [means, variances].some((numbers) => !numbers.every(Number.isFinite));
  if (strange) {
    fail('train/data', {
      subject: 'data',
      expected: 'examples at which all means and variances are finite',
      got: `others at ${name}`,
      advice: 'Look for NaN in data and weights',
    });
  }
  const size = means.length;
  const of = seen.get(name) ?? {
    examples: 0,
    mean: new Float64Array(size),
    square: new Float64Array(size),
  };
  means.forEach((mean, i) => {
    of.mean[i] = (of.mean[i] as number) + examples * mean;
    of.square[i] = (of.square[i] as number) + examples * ((variances[i] as number) + mean * mean);
  });
  of.examples += examples;
  seen.set(name, of);
}

function changesOf(
  { weights }: Model,
  { mean, variance }: BatchNorm,
  { examples, mean: means, square }: Moments,
): [string, Weight][] {
  const average = means.map((sum) => sum / examples);
  const variances = square.map((sum, i) => Math.max(0, sum / examples - (average[i] as number) ** 2));
  return [
    [mean, Weight.of(Float32Array.from(average), weights.need(mean).shape)],
    [variance, Weight.of(Float32Array.from(variances), weights.need(variance).shape)],
  ];
}
