import {
  checkOptions,
  optionKinds,
  Random,
  type LayersOptions,
  type Model,
  type OptionKinds,
  type Progress,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { chosenKernels, type Selection } from '../kernels.js';
import { readAmount, type Amount } from '../methods/amount.js';
import { nOfM } from '../methods/n-of-m.js';
import { leastOfEachSlice, slicesAlong } from '../methods/structured.js';
import { wandaScores } from '../methods/wanda.js';
import type { ExampleData } from '../targets/examples.js';
import { inputNorms } from '../targets/input-norms.js';
import { floatModel, prunedModel, type PrunedModel } from '../targets/model.js';
import type { Choose, Left } from '../targets/part.js';
import { TARGET_KINDS } from './options.js';
import { readPattern, type Pattern } from './semi-structured.js';

/** Options of {@link wanda}. */
export interface WandaOptions extends Selection, LayersOptions {
  /** Examples like those that the model will see; labels are passed over. A tensor, or what `fit` trains on. */
  readonly data: ExampleData;
  /** Examples at once; 8 unless told. What comes into all kernels is held at once. */
  readonly batchSize?: number | undefined;
  /** Examples at most; 128 unless told, as in the paper. Of data in memory they are drawn by the seed. */
  readonly limit?: number | undefined;
  /** Draws the examples; 0 unless told. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((event: Progress) => void) | undefined;
}

const { anything, code, number, whole } = optionKinds;

/** Options that are data, for the pass, too. */
export const WANDA_READING: OptionKinds<Pick<WandaOptions, 'batchSize' | 'limit' | 'seed'>> = {
  ...{ batchSize: whole, limit: whole, seed: number('a whole number', Number.isSafeInteger) },
};
const KINDS: OptionKinds<WandaOptions> = {
  data: { ...anything, expected: 'examples: a tensor, or what fit trains on' },
  ...WANDA_READING,
  layers: TARGET_KINDS.layers,
  exclude: TARGET_KINDS.exclude,
  weights: TARGET_KINDS.weights,
  inputShapes: TARGET_KINDS.inputShapes,
  ...{ signal: anything, progress: code },
};

/**
 * Prunes by weights and what they are multiplied by: of the weights of each output those go whose magnitude times the L2
 * norm of their input, over all examples, is least (Sun et al. 2023, "A Simple and Effective Pruning Approach for Large
 * Language Models"). It needs examples, and no labels, gradients or training.
 *
 * Inputs are those of the model as it is given: each layer sees what comes out of whole ones. Of a convolution the norm of
 * an input channel is that over all positions, for each place of the kernel. Depthwise kernels, which sum over no input
 * channels, stay whole, with a note. See `l1Unstructured` for what a model gives and for other errors.
 *
 * @param amount of the weights of each output: a fraction, a count, or of each group along input channels a pattern as '2:4'.
 * @throws `pruning/amount`; `pruning/data` without data, for data that cannot be read or without an example, and where
 *   values become NaN or infinite; `model/input` for data that the model does not take; `aborted`.
 */
export async function wanda(
  target: Model | tf.LayersModel,
  amount: Amount | Pattern,
  options: WandaOptions,
): Promise<PrunedModel> {
  checkOptions<WandaOptions>(options, KINDS, { where: 'wanda', needed: ['data'] });
  return prunedByInputs(target, amount, options, 'wanda');
}

/** The work of {@link wanda} with options that were checked. */
export async function prunedByInputs(
  target: Model | tf.LayersModel,
  amount: Amount | Pattern,
  options: WandaOptions,
  subject: string,
): Promise<PrunedModel> {
  const { data, batchSize = 8, limit = 128, seed = 0, signal, progress } = options;
  const choose = chooseByInputs(amount, subject);
  const model = floatModel(target, options, subject);
  const { kernels } = chosenKernels(model, options, subject);
  const reading = {
    ...{ batchSize, limit, random: Random.of(seed).fork('pruning/wanda'), signal },
    progress: (done: number, total: number | undefined) =>
      progress?.({ task: subject, done, ...(total !== undefined && { total }) }),
  };
  const norms = await inputNorms(model, kernels, data, reading, subject);
  // Sizes were told for the trace.
  const { layers, exclude, weights } = options;
  return prunedModel(model, { layers, exclude, weights }, choose(norms), subject);
}

/**
 * What is pruned, once norms are known.
 * @throws `pruning/amount` for what is neither an amount nor a pattern.
 */
export function chooseByInputs(
  amount: Amount | Pattern,
  subject: string,
): (norms: ReadonlyMap<string, Float64Array | Left>) => Choose {
  const known = isPattern(amount)
    ? { pattern: readPattern(amount, subject) }
    : { share: readAmount(amount, subject) };
  return (norms) => (parts) =>
    parts.map((part) => {
      const { name, shape, kept, outputs, inputs = -2 } = part;
      const activity = norms.get(name) ?? 'nothing is known of what comes in';
      if (typeof activity === 'string') return activity;
      const scores = wandaScores(part.scores, shape, activity, inputs);
      if (known.pattern !== undefined) {
        return nOfM(scores, shape, known.pattern, { axis: shape.length + inputs, kept });
      }
      const where = `${subject}: '${name}'`;
      return leastOfEachSlice({ scores, kept }, slicesAlong(shape, outputs, where), known.share, where);
    });
}

function isPattern(amount: Amount | Pattern): amount is Pattern {
  if (typeof amount === 'string') return true;
  return (
    typeof amount === 'object' && (amount as object | null) !== null && ('keep' in amount || 'of' in amount)
  );
}
