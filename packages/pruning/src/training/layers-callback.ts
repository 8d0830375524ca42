import {
  fail,
  layerWeightNames,
  nearest,
  valueText,
  type LayersOptions,
  type Note,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { layerMask, masksOfLayers, setLayerMask } from '../masks/layer-masks.js';
import { both, type Mask, type Masks } from '../masks/mask.js';
import { floatModel } from '../targets/model.js';
import { checkMask } from '../targets/part.js';
import { MaskPlan, type TrainingSelection } from './mask-plan.js';
import { checkTraining } from './options.js';

/** Options of {@link pruneLayersWhileTraining}. */
export interface PruneLayersOptions extends TrainingSelection, LayersOptions {}

const SUBJECT = 'pruneLayersWhileTraining';

/**
 * A callback that makes weights sparse while `fit` or `fitDataset` of a layers model trains it, as `pruneWhileTraining`
 * does in a training of this package:
 *
 * ```ts
 * await model.fit(x, y, { epochs: 10, callbacks: pruneLayersWhileTraining({ schedule: sparsities.polynomial({ to: 0.9 }) }) });
 * ```
 *
 * The layers remember their masks: `traceMasked` and all calls that prune the model know them, and a further training with
 * this callback or `keepLayerMasks` keeps them. History tells `sparsity`.
 *
 * @returns the callback, whose `notes` tell what the last training left whole, and why.
 * @throws what `pruneWhileTraining` does, from `fit`; `pruning/schedule` where the schedule does not say when it ends and
 *   a data set does not say how many batches an epoch has (`batchesPerEpoch`).
 */
export function pruneLayersWhileTraining(
  options: PruneLayersOptions,
): tf.Callback & { readonly notes: readonly Note[] } {
  const { inputShapes, ...selection } = options;
  checkTraining(selection, SUBJECT);
  return new PruningCallback(selection, inputShapes === undefined ? {} : { inputShapes });
}

/**
 * A callback that keeps masks while `fit` or `fitDataset` of a layers model trains it, and prunes nothing more:
 *
 * ```ts
 * l1Unstructured(model.getLayer('hidden'), 0.3);
 * await model.fit(x, y, { epochs: 10, callbacks: keepLayerMasks() });
 * ```
 *
 * @param masks by the names of weights, which the layers get beside those that they have: those of the graph of the
 *   layers, as `l1Unstructured(model, 0.3)` gives them.
 * @throws from `fit`: `pruning/layer` for weights that the layers do not have, `pruning/mask` for masks of another shape.
 */
export function keepLayerMasks(masks: Masks = new Map<string, Mask>()): tf.Callback {
  if (masks instanceof Map) return new PruningCallback(undefined, {}, masks);
  return fail('argument/invalid', {
    subject: 'keepLayerMasks: masks',
    expected: 'a map from names of weights to masks',
    got: valueText(masks),
  });
}

/** The masks of one training of a layers model. */
class PruningCallback extends tf.Callback {
  /** What was left whole, and why; each once. */
  notes: readonly Note[] = [];
  private plan: MaskPlan | undefined;
  private variables: ReadonlyMap<string, tf.LayerVariable> = new Map();
  private masks: Masks = new Map();
  /** Masks as numbers to multiply by. */
  private tensors = new Map<string, tf.Tensor>();
  private step = 0;

  constructor(
    /** What is pruned when; nothing more where it is missing. */
    private readonly options: TrainingSelection | undefined,
    private readonly how: LayersOptions,
    private readonly given: Masks = new Map<string, Mask>(),
  ) {
    super();
  }

  override async onTrainBegin(): Promise<void> {
    this.release();
    this.variables = layerWeightNames(this.model);
    const given = [...this.given].map(([name, mask]) => [this.withMask(name, mask), mask] as const);
    for (const [variable, mask] of given) setLayerMask(variable, both(mask, layerMask(variable)));
    this.plan = this.options === undefined ? undefined : this.planOf(this.options);
    this.notes = this.plan?.notes ?? [];
    this.masks = masksOfLayers(this.model);
    this.step = 0;
    this.upload(this.masks);
    if (this.plan?.isDue(0) === true) await this.update(this.plan);
    this.project();
  }

  private planOf(options: TrainingSelection): MaskPlan {
    const traced = floatModel(this.model, this.how, SUBJECT);
    const trained = [...this.variables].flatMap(([name, { trainable }]) => (trainable ? [name] : []));
    return new MaskPlan(traced, options, stepsOf(this.params), trained, SUBJECT);
  }

  /** The weight that a given mask is of. */
  private withMask(name: string, mask: Mask): tf.LayerVariable {
    const subject = 'keepLayerMasks';
    const variable = this.variables.get(name);
    if (variable === undefined) {
      const near = nearest(name, [...this.variables.keys()]);
      return fail('pruning/layer', {
        subject: `${subject}: mask of '${name}'`,
        expected: 'the name of a weight of the layers',
        got: 'a name that none has',
        ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
      });
    }
    checkMask(mask, variable.shape as number[], name, subject);
    return variable;
  }

  override async onBatchEnd(): Promise<void> {
    this.step++;
    try {
      if (this.plan?.isDue(this.step) === true) await this.update(this.plan);
    } catch (error) {
      // A training that fails tells its callbacks nothing more.
      this.release();
      throw error;
    }
    this.project();
  }

  /** History, which comes after the callbacks of a caller, keeps what is added here. */
  override onEpochEnd(_epoch: number, logs?: { [key: string]: number | tf.Scalar }): Promise<void> {
    if (logs !== undefined && this.plan !== undefined) logs['sparsity'] = this.plan.sparsity(this.masks);
    return Promise.resolve();
  }

  override onTrainEnd(): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  private async update(plan: MaskPlan): Promise<void> {
    const read = async (name: string): Promise<Float32Array> =>
      (await this.variableOf(name).read().data()) as Float32Array;
    const { masks, notes } = await plan.update(this.step, this.masks, read);
    this.masks = masks;
    const isNew = (note: Note): boolean => this.notes.every(({ message }) => message !== note.message);
    this.notes = [...this.notes, ...notes.filter(isNew)];
    for (const [name, mask] of this.masks) setLayerMask(this.variableOf(name), mask);
    this.upload(this.masks);
  }

  private variableOf(name: string): tf.LayerVariable {
    return this.variables.get(name) as tf.LayerVariable;
  }

  private upload(masks: Masks): void {
    this.release();
    for (const [name, { kept, shape }] of masks) {
      const make = (): tf.Tensor => tf.keep(tf.cast(tf.tensor(kept, [...shape], 'bool'), 'float32'));
      this.tensors.set(name, tf.tidy(make));
    }
  }

  /** Makes pruned weights zero, past constraints, which would change others. */
  private project(): void {
    tf.tidy(() => {
      for (const [name, mask] of this.tensors) {
        const held = this.variableOf(name).read() as tf.Variable;
        held.assign(tf.mul(held, mask));
      }
    });
  }

  private release(): void {
    tf.dispose([...this.tensors.values()]);
    this.tensors.clear();
  }
}

/** Steps of a training, by what `fit` tells its callbacks; infinite where a data set does not say. */
function stepsOf(params: { readonly [key: string]: unknown }): number {
  const told = (name: string): number | undefined =>
    typeof params[name] === 'number' ? params[name] : undefined;
  const [samples, batchSize] = [told('samples'), told('batchSize')];
  const epochs = (told('epochs') ?? Infinity) - (told('initialEpoch') ?? 0);
  const each =
    samples !== undefined && batchSize !== undefined ? Math.ceil(samples / batchSize) : told('steps');
  return epochs * (each ?? Infinity);
}
