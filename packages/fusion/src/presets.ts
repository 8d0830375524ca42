import { rewritePass, type JsonObject, type Pass, type Rule } from '@tfjs-optimize/core';
import type { WeightOptions } from './kernel.js';
import { clipToRelu6, simplifyClip } from './rules/relu6.js';
import { foldBatchNorm } from './rules/fold-batch-norm.js';
import { foldBefore } from './rules/fold-before.js';
import { fuseActivation } from './rules/fuse-activation.js';
import { fuseBias } from './rules/fuse-bias.js';
import { fusePad } from './rules/fuse-pad.js';
import { removeIdentity } from './rules/identity.js';

/** Options of {@link inference}. */
export type InferenceOptions = WeightOptions;

/** Every rule that {@link inference} applies. */
export function inferenceRules(options: InferenceOptions = {}): readonly Rule[] {
  return [
    removeIdentity(),
    clipToRelu6(),
    simplifyClip(),
    foldBatchNorm(options),
    foldBefore(options),
    fuseBias(),
    fuseActivation(),
    fusePad(),
  ];
}

/** The rules that never change what a model computes beyond rounding, in one pass. */
export function inference(options: InferenceOptions = {}): Pass {
  return rewritePass('fusion/inference', inferenceRules(options), { ...options } as JsonObject);
}
