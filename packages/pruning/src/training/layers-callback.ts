import { layerWeightNames, type LayersOptions } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { masksOfLayers, setLayerMask } from '../masks/layer-masks.js';
import type { Masks } from '../masks/mask.js';
import { floatModel } from '../targets/model.js';
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
 * The layers remember their masks: a trace of the model by this package (`l1Unstructured`, `sparsity`, …) has them, and a
 * further training with this callback keeps them. History tells `sparsity`.
 *
 * @throws what `pruneWhileTraining` does, from `fit`; `pruning/schedule` where the schedule does not say when it ends and
 *   a data set does not say how many batches an epoch has (`batchesPerEpoch`).
 */
export function pruneLayersWhileTraining(options: PruneLayersOptions): tf.Callback {
  const { inputShapes, ...selection } = options;
  checkTraining(selection, SUBJECT);
  return new PruningCallback(selection, inputShapes === undefined ? {} : { inputShapes });
}

/** The masks of one training of a layers model. */
class PruningCallback extends tf.Callback {
  private plan: MaskPlan | undefined;
  private variables: ReadonlyMap<string, tf.LayerVariable> = new Map();
  private masks: Masks = new Map();
  /** Masks as numbers to multiply by. */
  private tensors = new Map<string, tf.Tensor>();
  private step = 0;

  constructor(
    private readonly options: TrainingSelection,
    private readonly how: LayersOptions,
  ) {
    super();
  }

  override async onTrainBegin(): Promise<void> {
    this.release();
    const traced = floatModel(this.model, this.how, SUBJECT);
    this.variables = layerWeightNames(this.model);
    const trained = [...this.variables].flatMap(([name, { trainable }]) => (trainable ? [name] : []));
    this.plan = new MaskPlan(traced, this.options, stepsOf(this.params), trained, SUBJECT);
    this.masks = masksOfLayers(this.model);
    this.step = 0;
    this.upload(this.masks);
    if (this.plan.isDue(0)) await this.update(this.plan);
    this.project();
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
    ({ masks: this.masks } = await plan.update(this.step, this.masks, read));
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
