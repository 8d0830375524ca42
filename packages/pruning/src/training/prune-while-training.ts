import { fail, type Callbacks, type Control } from '@tfjs-optimize/core';
import type { Mask, Masks } from '../masks/mask.js';
import { masksFact } from '../masks/masks-fact.js';
import { MaskPlan, type TrainingSelection } from './mask-plan.js';
import { checkTraining } from './options.js';

/** Options of {@link pruneWhileTraining}. */
export type PruneWhileTrainingOptions = TrainingSelection;

const SUBJECT = 'pruneWhileTraining';

/**
 * Callbacks that make weights sparse in the course of a training by `fit` or `distill`, of quantization-aware models, too:
 *
 * ```ts
 * const pruning = pruneWhileTraining({ schedule: sparsities.polynomial({ to: 0.9 }), method: maskBy.global() });
 * const { model } = await fit(dense, { data, loss: 'crossEntropy', epochs: 10, callbacks: [pruning, mine] });
 * const ready = await reestimateBatchNorm(model, data); // where it has batch normalizations
 * ```
 *
 * It goes as in TensorFlow Model Optimization (Zhu and Gupta 2017): at the steps of the schedule masks are made of the
 * values that the optimizer has just given, those of pruned weights included, so that one may come back whose last step
 * was large; at all others masks stay, and pruned weights are zero whenever the model runs. Beyond that, masks are always
 * made at the last step of the schedule, whether or not the frequency meets it: its sparsity is reached. Weights are read
 * at the steps that make masks, not at others.
 *
 * The model that comes out has the masks as a fact, as have checkpoints and that of the best epoch; masks that it had
 * before stay. `sparsity` is told with the numbers of steps and epochs: the share of zeros in the weights that are pruned.
 * Whenever that rises the best epoch is looked for anew, so that `restoreBest` gives no model of before.
 *
 * A layers model that `fit` is given gets the zeros and no masks: give its trace, or see `pruneLayersWhileTraining`.
 *
 * @throws `argument/invalid` for options that are not of their kind. `fit` throws `pruning/layer` for names that the
 *   model does not have, `pruning/weight` for weights that are named and not trained, `pruning/schedule` for schedules
 *   that do not fit the training, before its first step; `pruning/weight` for NaN and infinities when masks are made.
 */
export function pruneWhileTraining(options: PruneWhileTrainingOptions): Callbacks {
  checkTraining(options, SUBJECT);
  // Of each training by itself, as callbacks may serve several.
  const plans = new WeakMap<Control, MaskPlan>();
  const update = async (plan: MaskPlan, step: number, control: Control): Promise<void> => {
    const before = masksNow(control);
    const read = async (name: string): Promise<Float32Array> =>
      (await control.weight(name).data()) as Float32Array;
    const { masks, notes } = await plan.update(step, before, read);
    control.establish(masksFact, masks);
    for (const note of notes) control.note(note);
    if (plan.pruned(masks) > plan.pruned(before)) control.forgetBest();
    control.tell('sparsity', plan.sparsity(masks));
  };
  return refusedByLayers({
    facts: [masksFact],
    onBegin: async ({ step, steps }, control) => {
      const plan = new MaskPlan(control.given, options, steps, control.trained, SUBJECT);
      plans.set(control, plan);
      for (const note of plan.notes) control.note(note);
      if (step === 0 && plan.isDue(0)) await update(plan, 0, control);
      else control.tell('sparsity', plan.sparsity(masksNow(control)));
    },
    onUpdate: async ({ step }, control) => {
      const plan = plans.get(control);
      if (plan?.isDue(step) === true) await update(plan, step, control);
    },
  });
}

/** `fit` of tf.layers passes over callbacks that it does not know: the model would be trained and nothing pruned. */
function refusedByLayers(callbacks: Callbacks): Callbacks {
  const onTrainBegin = (): never =>
    fail('argument/invalid', {
      subject: SUBJECT,
      expected: 'fit of this project, or distill',
      got: 'a training of tf.layers',
      advice: 'Give model.fit the callback pruneLayersWhileTraining(…), with the same options',
    });
  return Object.defineProperty(callbacks, 'onTrainBegin', { value: onTrainBegin });
}

function masksNow({ facts }: Control): Masks {
  return facts.get(masksFact) ?? new Map<string, Mask>();
}
