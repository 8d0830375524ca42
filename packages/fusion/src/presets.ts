import {
  fail,
  rewrite,
  throwIfAborted,
  type Context,
  type Model,
  type Note,
  type Pass,
  type PassResult,
  type Rule,
} from '@tfjs-optimize/core';
import { withoutDeadNodes, withoutDuplicates } from './clean.js';
import { startBackend } from './evaluate.js';
import type { WeightOptions } from './kernel.js';
import { batchNormToAffine } from './rules/batch-norm-to-affine.js';
import { batchSizeEarlier } from './rules/batch-size.js';
import { biasBeforeAdd } from './rules/bias-before-add.js';
import { foldBatchNorm } from './rules/fold-batch-norm.js';
import { foldBefore } from './rules/fold-before.js';
import { foldConstants } from './rules/fold-constants.js';
import { fuseActivation } from './rules/fuse-activation.js';
import { fuseBias } from './rules/fuse-bias.js';
import { fusePad } from './rules/fuse-pad.js';
import { removeIdentity } from './rules/identity.js';
import { mergeAffine } from './rules/merge-affine.js';
import { clipToRelu6, simplifyClip } from './rules/relu6.js';
import { removeNoop } from './rules/remove-noop.js';
import { mergeReshapes } from './rules/reshape.js';
import { sinkReshape } from './rules/sink-reshape.js';
import { splitFusedMatMul } from './rules/split-fused-matmul.js';
import { mergeTransposes } from './rules/transpose.js';
import { transposeWeights } from './rules/transpose-weights.js';
import { withoutRepacking } from './sequence/pack-unpacked.js';
import { withoutZeros } from './sequence/remove-zeros.js';
import { withSharedProducts } from './sequence/share-products.js';
import { withoutCopies } from './sequence/unpack-tiled.js';

/** Options of {@link inference}. */
export type InferenceOptions = WeightOptions;

/** Rules that make a graph plainer; {@link inference} applies them first. */
export function simplifyingRules(options: InferenceOptions = {}): readonly Rule[] {
  return [
    removeIdentity(),
    removeNoop(),
    mergeTransposes(),
    mergeReshapes(),
    batchSizeEarlier(),
    foldConstants(options),
    transposeWeights(),
    splitFusedMatMul(),
    clipToRelu6(),
    simplifyClip(),
  ];
}

/** Rules that make one op of several. */
export function fusingRules(options: InferenceOptions = {}): readonly Rule[] {
  return [
    foldBatchNorm(options),
    fuseBias(),
    biasBeforeAdd(),
    fuseActivation(),
    fusePad(),
    foldBefore(options),
    sinkReshape(),
    mergeReshapes(),
  ];
}

/** Rules for what those leave over. */
export function leftoverRules(): readonly Rule[] {
  return [batchNormToAffine(), mergeAffine()];
}

/** Rounds of all steps; models need two, the second of which changes nothing. */
const MAX_ROUNDS = 10;

/**
 * Everything that makes a model faster and changes what it computes by no more than rounding: dead
 * and duplicate nodes go, constants are computed ahead, batch norms and their like are folded into
 * convolutions and matrix products, which take bias, activation and padding, and what is left over
 * is merged.
 */
export function inference(options: InferenceOptions = {}): Pass {
  const { quantizedWeights = 'keep' } = options;
  return {
    name: 'fusion/inference',
    options: { quantizedWeights },
    run: async (model, context) => {
      await startBackend(); // what constants decide is computed by TensorFlow.js
      return runInference(model, { quantizedWeights }, context);
    },
  };
}

function runInference(model: Model, options: InferenceOptions, context: Context): PassResult {
  const notes: Note[] = [];
  let declined: readonly Note[] = [];
  let current = model;
  const signal = context.signal === undefined ? {} : { signal: context.signal };
  const apply = (rules: readonly Rule[]): void => {
    const result = rewrite(current, rules, signal);
    current = result.model;
    notes.push(...result.notes.filter((note) => note.kind === 'did'));
    declined = [...declined, ...result.notes.filter((note) => note.kind === 'declined')];
  };
  const clean = (step: typeof withoutDeadNodes): void => {
    const result = step(current);
    current = result.model;
    notes.push(...result.notes);
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    throwIfAborted(context.signal, 'fusion/inference');
    const before = current;
    declined = [];
    clean(withoutDeadNodes);
    clean(withoutDuplicates);
    apply(simplifyingRules(options));
    clean(withoutCopies);
    clean(withoutZeros);
    apply(fusingRules(options));
    apply(leftoverRules());
    clean(withSharedProducts);
    clean(withoutRepacking);
    if (current === before)
      return { model: current, changed: current !== model, notes: [...notes, ...declined] };
  }
  return fail('pipeline/unstable', {
    subject: 'fusion/inference',
    expected: `to come to rest within ${MAX_ROUNDS} rounds`,
    got: 'a change in the last one',
  });
}
