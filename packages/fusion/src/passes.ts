import {
  fail,
  nearest,
  rewritePass,
  type JsonObject,
  type Model,
  type Pass,
  type PassFactories,
  type Rule,
} from '@tfjs-optimize/core';
import { withoutDeadNodes, withoutDuplicates, type Cleaned } from './clean.js';
import { startBackend } from './evaluate.js';
import type { QuantizedWeights, WeightOptions } from './kernel.js';
import { inference } from './presets.js';
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

/** Every rule of this package by its function's name; each may be used alone. */
export const rules = {
  batchNormToAffine,
  batchSizeEarlier,
  biasBeforeAdd,
  clipToRelu6,
  foldBatchNorm,
  foldBefore,
  foldConstants,
  fuseActivation,
  fuseBias,
  fusePad,
  mergeAffine,
  mergeReshapes,
  mergeTransposes,
  removeIdentity,
  removeNoop,
  simplifyClip,
  sinkReshape,
  splitFusedMatMul,
  transposeWeights,
} as const satisfies Readonly<Record<string, (options?: WeightOptions) => Rule>>;

/** Rules by the names they carry, such as `fold-batch-norm`. */
const BY_NAME: ReadonlyMap<string, (options?: WeightOptions) => Rule> = new Map(
  Object.values(rules).map((make) => [make().name, make]),
);

/**
 * The rule of a name.
 * @throws `argument/invalid` for a name that no rule has.
 */
export function ruleByName(name: string, options: WeightOptions = {}): Rule {
  const make = BY_NAME.get(name);
  if (make !== undefined) return make(options);
  const near = nearest(name, BY_NAME.keys());
  return fail('argument/invalid', {
    subject: `rule '${name}'`,
    expected: `one of ${[...BY_NAME.keys()].join(', ')}`,
    got: 'a name that none has',
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}

/** A single rule as a pass, `fusion/<rule>`. */
export function rulePass(name: string, options: WeightOptions = {}): Pass {
  const pass = rewritePass(`fusion/${name}`, [ruleByName(name, options)], plain(options));
  return {
    ...pass,
    run: async (model, context) => {
      await startBackend();
      return pass.run(model, context);
    },
  };
}

/** Removes nodes and weights that no output needs. */
export function removeDeadNodes(): Pass {
  return cleaningPass('fusion/remove-dead-nodes', withoutDeadNodes);
}

/** Merges nodes that compute the same (common subexpressions). */
export function removeDuplicates(): Pass {
  return cleaningPass('fusion/merge-duplicates', withoutDuplicates);
}

/** Multiplies the steps of a sequence by a matrix at once. */
export function shareProducts(): Pass {
  return cleaningPass('fusion/share-products', withSharedProducts);
}

/** Leaves out additions of zeros that are made when the model runs. */
export function removeZeros(): Pass {
  return cleaningPass('fusion/remove-zeros', withoutZeros);
}

/** Replaces packing of what was unpacked by a transpose or nothing. */
export function packUnpacked(): Pass {
  return cleaningPass('fusion/pack-unpacked', withoutRepacking);
}

/** Replaces unpacking of what was tiled by what was tiled. */
export function unpackTiled(): Pass {
  return cleaningPass('fusion/unpack-tiled', withoutCopies);
}

function cleaningPass(name: string, step: (model: Model) => Cleaned): Pass {
  return {
    name,
    options: {},
    run: (model) => {
      const { model: next, notes } = step(model);
      return Promise.resolve({ model: next, changed: next !== model, notes });
    },
  };
}

/** Every pass of this package for recipes: give it to `passesOf` or `optimize`. */
export const fusionPasses: PassFactories = {
  'fusion/inference': (options) => inference(weightOptions(options)),
  'fusion/remove-dead-nodes': () => removeDeadNodes(),
  'fusion/merge-duplicates': () => removeDuplicates(),
  'fusion/share-products': () => shareProducts(),
  'fusion/remove-zeros': () => removeZeros(),
  'fusion/pack-unpacked': () => packUnpacked(),
  'fusion/unpack-tiled': () => unpackTiled(),
  ...Object.fromEntries(
    [...BY_NAME.keys()].map((name) => [
      `fusion/${name}`,
      (options: JsonObject) => rulePass(name, weightOptions(options)),
    ]),
  ),
};

function plain({ quantizedWeights }: WeightOptions): JsonObject {
  return quantizedWeights === undefined ? {} : { quantizedWeights };
}

/** Options from JSON, checked. */
function weightOptions(options: JsonObject): WeightOptions {
  for (const [key, value] of Object.entries(options)) {
    if (key === 'quantizedWeights' && (value === 'keep' || value === 'expand')) continue;
    fail('recipe/schema', {
      subject: `option '${key}' of a fusion pass`,
      expected: "only quantizedWeights, 'keep' or 'expand'",
      got: JSON.stringify(value),
    });
  }
  const quantizedWeights = options['quantizedWeights'] as QuantizedWeights | undefined;
  return quantizedWeights === undefined ? {} : { quantizedWeights };
}
