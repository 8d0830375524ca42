import { checkOptions, fail, optionKinds, valueText, type OptionKinds } from '@tfjs-optimize/core';
import { blocks, type Pooling } from '../methods/blocks.js';
import { nOfM, type NOfM } from '../methods/n-of-m.js';
import type { Choose } from '../targets/part.js';
import { pruned, type Pruned, type Target, type TargetOptions } from '../targets/target.js';
import { axesOf, axisKind, checkSparsity, scored, TARGET_KINDS, type Axis, type Scores } from './options.js';

const { code, oneOf, share } = optionKinds;

/**
 * At most so many of each group are not zero: `'2:4'` is `{ keep: 2, of: 4 }`. The m by n of TensorFlow Model Optimization
 * counts zeros: its (1, 4) is `'3:4'`.
 */
export type Pattern = `${number}:${number}` | NOfM;

/** Options of {@link nmStructured}. */
export interface NmOptions extends TargetOptions {
  /** Along which axis groups lie: that of input channels unless told. */
  readonly axis?: Exclude<Axis, readonly number[]> | undefined;
  /** The share of groups that is pruned, those of the least sum of squares first; 1, all of them, unless told. */
  readonly level?: number | undefined;
  /** Ranks by these instead of magnitudes. */
  readonly scores?: Scores | undefined;
}

const NM_KINDS: OptionKinds<NmOptions> = { ...TARGET_KINDS, axis: axisKind, level: share, scores: code };

/**
 * N:M sparsity: of each group of weights along an axis the largest stay (2:4, 1:4, 4:8). Groups lie along input channels,
 * for each output and each position of a convolution; an axis that they do not fill ends with a smaller group. See
 * `l1Unstructured` for targets; depthwise kernels, which sum over no input channels, stay whole.
 * @throws `pruning/amount` for a pattern that keeps none or all of a group.
 */
export function nmStructured<T extends Target>(
  target: T,
  pattern: Pattern,
  options: NmOptions = {},
): Pruned<T> {
  checkOptions<NmOptions>(options, NM_KINDS, { where: 'nmStructured' });
  return pruned(target, options, chooseNm(pattern, options, 'nmStructured'), 'nmStructured');
}

/** The choice of {@link nmStructured}. */
export function chooseNm(
  pattern: Pattern,
  { axis = 'input', level, scores }: Pick<NmOptions, 'axis' | 'level' | 'scores'>,
  subject: string,
): Choose {
  const groups = readPattern(pattern, subject);
  checkOptions({ axis, level }, { axis: axisKind, level: share }, { where: subject });
  return (parts) =>
    parts.map((part) => {
      const axes = axesOf(part, axis);
      if (typeof axes === 'string') return axes;
      const { shape, kept } = part;
      const [given = 0, ...more] = axes;
      if (more.length > 0) return 'its channels lie along several axes';
      const at = given < 0 ? given + shape.length : given;
      if (shape[at] === undefined) {
        fail('pruning/layer', {
          subject: `${subject}: '${part.name}': axis`,
          expected: `an axis of shape [${shape.join(',')}]`,
          got: String(given),
        });
      }
      return nOfM(scored(part, scores, subject).scores, shape, groups, { axis: at, level, kept });
    });
}

/** @throws `pruning/amount` for a pattern that keeps none or all of a group. */
export function readPattern(pattern: Pattern, subject: string): NOfM {
  const { keep, of } = typeof pattern === 'string' ? fromText(pattern) : (pattern ?? {});
  const isWhole = Number.isSafeInteger(keep) && Number.isSafeInteger(of);
  if (isWhole && (keep as number) >= 1 && (keep as number) < (of as number)) return { keep, of } as NOfM;
  return fail('pruning/amount', {
    subject: `${subject}: pattern`,
    expected: "N:M as '2:4' or { keep, of }, with N from 1 to below M",
    got:
      typeof pattern === 'object' && (pattern as object | null) !== null
        ? JSON.stringify(pattern)
        : valueText(pattern),
  });
}

function fromText(text: string): Partial<NOfM> {
  const [, keep, of] = /^(\d+):(\d+)$/.exec(text) ?? [];
  return { keep: Number(keep), of: Number(of) };
}

/** Options of {@link blockSparsity}. */
export interface BlockSparsityOptions extends TargetOptions {
  /** Rows (inputs) and columns (outputs) of a block; [4, 4] unless told. */
  readonly block?: readonly [rows: number, columns: number] | undefined;
  /** What ranks blocks: `average` of magnitudes unless told, `maximum`, or `mean-square`. */
  readonly pooling?: Pooling | undefined;
}

const OWN_BLOCK_KINDS: OptionKinds<Pick<BlockSparsityOptions, 'block' | 'pooling'>> = {
  block: {
    expected: 'two whole numbers from 1 up',
    fits: (value) =>
      Array.isArray(value) && value.length === 2 && value.every((one) => Number.isInteger(one) && one >= 1),
  },
  pooling: oneOf('average', 'maximum', 'mean-square'),
};
const BLOCK_KINDS: OptionKinds<BlockSparsityOptions> = { ...TARGET_KINDS, ...OWN_BLOCK_KINDS };

/**
 * Makes whole blocks of matrices zero, as TensorFlow Model Optimization does: dense kernels only, all others stay whole.
 * Blocks that equal the least one kept are kept, and at least one is (not so with `mean-square`, which is PyTorch's).
 * See `l1Unstructured` for targets.
 * @param sparsity the share of blocks that become zero, from 0 to 1.
 */
export function blockSparsity<T extends Target>(
  target: T,
  sparsity: number,
  options: BlockSparsityOptions = {},
): Pruned<T> {
  checkOptions<BlockSparsityOptions>(options, BLOCK_KINDS, { where: 'blockSparsity' });
  return pruned(target, options, chooseBlocks(sparsity, options, 'blockSparsity'), 'blockSparsity');
}

/** The choice of {@link blockSparsity}. */
export function chooseBlocks(
  sparsity: number,
  { block = [4, 4], pooling = 'average' }: Pick<BlockSparsityOptions, 'block' | 'pooling'>,
  subject: string,
): Choose {
  checkSparsity(sparsity, subject);
  checkOptions({ block, pooling }, OWN_BLOCK_KINDS, { where: subject });
  return (parts) =>
    parts.map(({ shape, scores, kept }) => {
      const [rows, columns, ...more] = shape;
      if (rows === undefined || columns === undefined || more.length > 0) {
        return `blocks are those of matrices, and its shape is [${shape.join(',')}]`;
      }
      return blocks(scores, [rows, columns], { block, pooling, sparsity, kept });
    });
}
