import { fail } from '../errors.js';
import { parameterNames } from '../cost.js';
import { weightTrainingOf, type WeightTraining } from '../graph/training-attrs.js';
import type { Model } from '../model.js';
import { nearest } from '../nearest.js';
import type { Running } from '../facts.js';
import { batchNorms, runningOf, type BatchNorm } from './batch-norm.js';

/** Which weights are trained: a test of a weight's name, or their names. */
export type Trainable = ((weight: string) => boolean) | readonly string[];

/** The weights of a model as training sees them. */
export interface WeightRoles {
  /** Trained by gradients. */
  readonly trained: readonly string[];
  /** Given to the graph, and left as they are. */
  readonly frozen: readonly string[];
  /** Batch normalizations that use the mean and variance of the batch and keep what they saw. */
  readonly norms: readonly BatchNorm[];
  /** Averages of what batches show: those of {@link norms}, and what facts of the model keep. */
  readonly running: readonly Running[];
}

/** Which weights are trained, and how batch normalizations are. */
export interface RoleOptions {
  readonly trainable?: Trainable | undefined;
  /** False leaves all batch normalizations in the form of inference. */
  readonly trainsBatchNorm?: boolean | undefined;
  /** How much of their mean and variance batch normalizations keep in a step, for all of them. */
  readonly momentum?: number | undefined;
}

/**
 * Tells weights that are trained from those that are not. Unless told, all are trained that count as parameters, but
 * for those of frozen layers. A batch normalization whose scale and offset are frozen is left in the form of
 * inference, as in Keras.
 */
export function weightRoles(
  model: Model,
  { trainable, trainsBatchNorm = true, momentum }: RoleOptions,
): WeightRoles {
  const parameters = [...parameterNames(model)].filter(
    (name) => model.weights.get(name)?.dtype === 'float32',
  );
  const isTrained = testOf(model, trainable, parameters);
  const ofFacts = [...model.facts].flatMap(({ fact, value }) => fact.running?.(value) ?? []);
  const moved = new Set(ofFacts.map(({ weight }) => weight));
  const trained = parameters.filter((name) => isTrained(name) && !moved.has(name));
  if (trained.length === 0) {
    fail('train/weights', {
      subject: 'trainable',
      expected: `at least one of the ${parameters.length} weights that can be trained`,
      got: 'none',
      advice: 'Let it pick weights by name, such as those of the last layer',
    });
  }
  const chosen = new Set(trained);
  const all = batchNorms(model, momentum);
  const norms = trainsBatchNorm ? all.filter((norm) => isLive(norm, chosen)) : [];
  const running = [...norms.flatMap(runningOf), ...ofFacts];
  const statistics = new Set(running.map(({ weight }) => weight));
  const kept = new Set(all.flatMap(({ mean, variance }) => [mean, variance]));
  const frozen = [...parameters, ...kept].filter((name) => !chosen.has(name) && !statistics.has(name));
  return { trained, frozen: [...new Set(frozen)], norms, running };
}

function isLive({ parameters }: BatchNorm, trained: ReadonlySet<string>): boolean {
  return parameters.length === 0 || parameters.some((name) => trained.has(name));
}

function testOf(
  model: Model,
  trainable: Trainable | undefined,
  parameters: readonly string[],
): (name: string) => boolean {
  if (trainable === undefined) return (name) => trainingOf(model, name).trainable !== false;
  if (typeof trainable === 'function') return trainable;
  const wanted = new Set(trainable);
  const strange = trainable.find((name) => !parameters.includes(name));
  if (strange !== undefined) {
    const near = nearest(strange, parameters);
    fail('train/weights', {
      subject: `trainable '${strange}'`,
      expected: 'the name of a weight that can be trained',
      got: model.weights.has(strange) ? 'one that cannot' : 'no weight of that name',
      advice: near === undefined ? 'Name weights as model.weights does' : `Did you mean '${near}'?`,
    });
  }
  return (name) => wanted.has(name);
}

/** How a weight is trained, by what its node says. */
export function trainingOf({ graph }: Model, weight: string): WeightTraining {
  const node = graph.get(weight);
  return node === undefined ? {} : weightTrainingOf(node);
}
