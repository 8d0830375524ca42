import {
  checkOptions,
  countText,
  fail,
  isLayersModel,
  isModel,
  optionKinds,
  traceLayersModel,
  valueText,
  type LayersOptions,
  type Model,
  type Note,
  type Weight,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { chosenKernels, type Kernel, type Selection } from '../kernels.js';
import { masksOfLayers } from '../masks/layer-masks.js';
import { masksFact } from '../masks/masks-fact.js';
import { masked, prunedCount, type Mask, type Masks } from '../masks/mask.js';
import { sparsityOfModel, type Sparsity } from '../masks/sparsity.js';
import { zeroed } from '../masks/zeroed.js';
import { emptyNotes, prunedText, wholeNote } from './notes.js';
import { refuseNaN, type Choose, type Part } from './part.js';

/** Options of pruning a model. */
export interface ModelOptions extends Selection, LayersOptions {}

/** A pruned model. */
export interface PrunedModel {
  /** A new model whose pruned weights are zero, with the masks as a fact; of a layers model, its graph. */
  readonly model: Model<'float'>;
  /** Masks of all weights that are pruned by now. */
  readonly masks: Masks;
  /** What was pruned, what was left whole, and why. */
  readonly notes: readonly Note[];
  readonly sparsity: Sparsity;
  /** The sparsity as a table, and what is worth knowing. */
  text(): string;
  toString(): string;
}

/**
 * The graph of a layers model, as `traceLayersModel` of core makes it, with the masks that its layers have got of this
 * package: `fit`, passes and files keep them. What a training of tf.layers made of pruned weights is zero again.
 *
 * ```ts
 * l1Unstructured(layers.getLayer('hidden'), 0.3);
 * const { model } = await fit(traceMasked(layers), { data, loss: 'crossEntropy', epochs: 5 });
 * model.toLayersModel(layers); // trained values, back in the layers
 * ```
 *
 * @throws `argument/invalid` for what is no layers model, and what tracing throws.
 */
export function traceMasked(model: tf.LayersModel, options: LayersOptions = {}): Model<'float'> {
  const subject = 'traceMasked';
  checkOptions<LayersOptions>(options, { inputShapes: optionKinds.object }, { where: subject });
  if (isLayersModel(model)) return floatModel(model, options, subject);
  return fail('argument/invalid', {
    subject,
    expected: 'a layers model',
    got: isModel(model) ? 'a Model, which has its masks' : valueText(model),
  });
}

/**
 * The graph of a model, with the masks that its layers have by now.
 * @throws `argument/invalid` for what is neither, `model/stage` for integer models.
 */
export function floatModel(
  given: Model | tf.LayersModel,
  { inputShapes }: LayersOptions,
  subject: string,
): Model<'float'> {
  if (isLayersModel(given)) {
    const traced = traceLayersModel(given, inputShapes === undefined ? {} : { inputShapes });
    const masks = masksOfLayers(given);
    return masks.size === 0 ? traced : withMasks(traced, masks);
  }
  if (!isModel(given)) {
    fail('argument/invalid', {
      subject,
      expected: 'a Model of @tfjs-optimize/core or a layers model',
      got: (given as unknown) === null ? 'null' : typeof given,
      advice: 'Read files and graph models with loadModel',
    });
  }
  if (inputShapes !== undefined) {
    fail('argument/invalid', {
      subject: `${subject}: inputShapes`,
      expected: 'none for a Model, whose sizes are those of its graph',
      got: `shapes of ${Object.keys(inputShapes).join(', ') || 'no input'}`,
      advice: 'Give them where the model is traced',
    });
  }
  if (given.stage === 'float') return given as Model<'float'>;
  return fail('model/stage', {
    subject,
    expected: 'a model of floats',
    got: `one of stage ${given.stage}`,
    advice: 'Prune the float model that it was made of, then quantize that',
  });
}

/** A model whose weights are zero where masks do not keep them, with the masks as a fact. */
export function withMasks(
  model: Model<'float'>,
  masks: Masks,
  weightOf: (name: string) => Weight = (name) => model.weights.need(name),
): Model<'float'> {
  const changes = new Map([...masks].map(([name, mask]) => [name, zeroed(weightOf(name), mask)] as const));
  return model.with<'float'>({
    weights: model.weights.with(changes),
    facts: model.facts.with(masksFact, masks),
  });
}

/** Prunes a model; the model given stays as it is. */
export function prunedModel(
  given: Model | tf.LayersModel,
  options: ModelOptions,
  choose: Choose,
  subject: string,
): PrunedModel {
  const model = floatModel(given, options, subject);
  const { kernels, isNamed, frozen, apart } = chosenKernels(model, options, subject);
  const earlier: Masks = model.facts.get(masksFact) ?? new Map<string, Mask>();
  const parts = kernels.map((kernel) => ({
    ...partOf(kernel, earlier.get(kernel.name), subject),
    outputsStay: kernel.makesOutputs && !isNamed,
  }));
  const left = ({ name }: Kernel, why: string): Note => wholeNote(name, why, 'info');
  const notes = [
    ...frozen.map((one) => left(one, `its layer is frozen (name '${one.layer}' in layers to prune it)`)),
    ...apart.map((one) =>
      left(one, 'it is cut into parts before it is multiplied by (name it in weights to prune it)'),
    ),
  ];
  const masks = new Map(earlier);
  const changes = new Map<string, Kernel['weight']>();
  choose(parts).forEach((kept, i) => {
    const [kernel, part] = [kernels[i] as Kernel, parts[i] as Part];
    if (typeof kept === 'string') {
      notes.push(wholeNote(kernel.name, kept));
      return;
    }
    const mask: Mask = { shape: kernel.weight.shape, kept };
    masks.set(kernel.name, mask);
    const changed = zeroed(kernel.weight, mask);
    changes.set(kernel.name, changed);
    notes.push(...notesOn(kernel, part, mask, changed));
  });
  if (changes.size === 0) return result(model, earlier, notes);
  return result(
    model.with<'float'>({
      weights: model.weights.with(changes),
      facts: model.facts.with(masksFact, masks),
    }),
    masks,
    notes,
  );
}

function partOf(kernel: Kernel, mask: Mask | undefined, subject: string): Part {
  const { name, layer, weight, outputs, inputs } = kernel;
  const values = weight.numbers() as Float32Array;
  refuseNaN(name, values, subject);
  const scores = mask === undefined ? values : masked(values, mask);
  return { name, layer, shape: weight.shape, scores, kept: mask?.kept, outputs, inputs };
}

function* notesOn(kernel: Kernel, part: Part, mask: Mask, changed: Weight): Iterable<Note> {
  const { name, readers, isFrozen, weight } = kernel;
  const [zeros, all] = [prunedCount(mask), mask.kept.length];
  const share = ((100 * zeros) / all).toFixed(1);
  const before =
    part.kept === undefined ? '' : `, ${countText(prunedCount({ ...mask, kept: part.kept }))} before`;
  const message = `weight '${name}': ${countText(zeros)} of ${countText(all)} are pruned (${share} %)${before}`;
  yield { level: 'info', kind: 'did', subject: name, message };
  const saw = (level: Note['level'], text: string): Note => ({
    level,
    kind: 'saw',
    subject: name,
    message: text,
  });
  if (readers.length > 1) {
    const users = readers.map((node) => `'${node.name}'`);
    const few = users.length > 4 ? `${users.length} nodes` : users.join(', ');
    yield saw('info', `weight '${name}' is shared by ${few}: it is pruned once, for all of them`);
  }
  if (isFrozen) {
    yield saw(
      'info',
      `weight '${name}' is frozen: it is pruned as asked for, and training will not make up for it`,
    );
  }
  if (changed.encoding.kind !== weight.encoding.kind) {
    yield saw(
      'warning',
      `weight '${name}' is stored as plain float32 now: no stored number of it is exactly 0`,
    );
  }
  yield* emptyNotes(name, mask);
}

function result(model: Model<'float'>, masks: Masks, notes: readonly Note[]): PrunedModel {
  const sparsity = sparsityOfModel(model);
  const text = (): string => prunedText(sparsity, notes);
  return { model, masks, notes, sparsity, text, toString: text };
}
