import { checkOptions, fail, Random } from '@tfjs-optimize/core';
import type { Pooling } from '../methods/blocks.js';
import type { Norm } from '../methods/structured.js';
import { axisKind, type Axis } from '../prune/options.js';
import {
  chooseBlocks,
  chooseNm,
  OWN_BLOCK_KINDS,
  readPattern,
  type Pattern,
} from '../prune/semi-structured.js';
import { chooseLn, OWN_LN_KINDS } from '../prune/structured.js';
import { chooseGlobal, chooseL1, chooseMagnitude } from '../prune/unstructured.js';
import type { Choose } from '../targets/part.js';

/**
 * What a sparsity means for weights: tells what is kept of each, or why it stays whole. All weights of one method and
 * schedule are looked at together.
 * @param sparsity from 0 to below 1.
 */
export type TrainingMethod = (sparsity: number) => Choose;

const SUBJECT = 'pruneWhileTraining: method';

/** How near a share is to all that a pattern prunes, in float32. */
const NEARLY_ALL = 1 - 1e-6;

/**
 * Methods for `pruneWhileTraining` and `pruneIteratively`.
 * @throws `argument/invalid` for options that a method does not take.
 */
export const maskBy = {
  /** The least magnitudes of each weight; of TensorFlow Model Optimization, which keeps ties and at least one. */
  magnitude: (): TrainingMethod => (sparsity) => chooseMagnitude(sparsity, SUBJECT),

  /** The least magnitudes of each weight, as PyTorch counts them. */
  l1: (): TrainingMethod => (fraction) => chooseL1({ fraction }, SUBJECT),

  /** The least magnitudes of all weights together. */
  global: (): TrainingMethod => (fraction) => chooseGlobal({ fraction }, {}, SUBJECT),

  /** By chance: what a higher sparsity keeps, a lower one keeps, too. @param seed 0 unless told. */
  random:
    (seed = 0): TrainingMethod =>
    (fraction) =>
      chooseL1({ fraction }, SUBJECT, (name, values) => {
        const random = Random.of(seed).fork(name);
        return values.map(() => random.uniform());
      }),

  /**
   * N of M: of each group of weights along an axis the largest stay. A sparsity below that of the pattern prunes as large
   * a share of the groups.
   * @throws `pruning/amount` for a pattern that keeps none or all, `pruning/schedule` for a sparsity above the pattern's.
   */
  nOfM(pattern: Pattern, options: { readonly axis?: 'output' | 'input' | number } = {}): TrainingMethod {
    checkOptions(options, { axis: axisKind }, { where: SUBJECT });
    const { axis } = options;
    const { keep, of } = readPattern(pattern, SUBJECT);
    const most = 1 - keep / of;
    return (sparsity) => {
      const share = sparsity / most;
      if (share > 1 / NEARLY_ALL) {
        fail('pruning/schedule', {
          subject: `${SUBJECT} ${keep}:${of}`,
          expected: `a sparsity of at most ${most}, which the pattern has`,
          got: String(sparsity),
        });
      }
      return chooseNm({ keep, of }, { axis, level: share > NEARLY_ALL ? 1 : share }, SUBJECT);
    };
  },

  /** Whole blocks of matrices: [4, 4] by the average of magnitudes unless told. */
  blocks(
    options: { readonly block?: readonly [rows: number, columns: number]; readonly pooling?: Pooling } = {},
  ): TrainingMethod {
    checkOptions(options, OWN_BLOCK_KINDS, { where: SUBJECT });
    return (sparsity) => chooseBlocks(sparsity, options, SUBJECT);
  },

  /** Whole channels by their norm, 2 unless told; see `lnStructured`. */
  channels(options: { readonly n?: Norm; readonly axis?: Axis } = {}): TrainingMethod {
    checkOptions(options, OWN_LN_KINDS, { where: SUBJECT });
    return (fraction) => chooseLn({ fraction }, options, SUBJECT);
  },
} as const;
