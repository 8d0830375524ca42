import { checkOptions, fail, optionKinds, Random, type OptionKinds } from '@tfjs-optimize/core';
import { readAmount, type Amount } from '../methods/amount.js';
import { leastSlices, slicesAlong, slicesByChance, type Norm, type Slices } from '../methods/structured.js';
import type { Choose, Part } from '../targets/part.js';
import { pruned, type Pruned, type Target, type TargetOptions } from '../targets/target.js';
import { axesOf, axisKind, TARGET_KINDS, type Axis } from './options.js';

const { number } = optionKinds;

/** Options of {@link lnStructured}. */
export interface LnOptions extends TargetOptions {
  /** Which norm: 2 unless told; any number but NaN, infinities (the largest and the least magnitude), or `fro`, which is 2. */
  readonly n?: Norm | undefined;
  /**
   * What a slice is: all weights of an output channel unless told, of an input channel, or of an index along an axis of the
   * weight (several axes: of a combination of indices). The output channels of a depthwise kernel [h, w, c, m] are its c·m.
   */
  readonly axis?: Axis | undefined;
}

/** What {@link lnStructured} takes beside targets. */
export const OWN_LN_KINDS: OptionKinds<Pick<LnOptions, 'n' | 'axis'>> = {
  n: {
    expected: "a number or 'fro'",
    fits: (value) => value === 'fro' || (typeof value === 'number' && !Number.isNaN(value)),
  },
  axis: axisKind,
};
const LN_KINDS: OptionKinds<LnOptions> = { ...TARGET_KINDS, ...OWN_LN_KINDS };

/**
 * Makes whole channels zero, those of the least norm in each weight, as `torch.nn.utils.prune.ln_structured` does. They
 * stay in the weight and cost as much as before; only removing them makes a network faster. Of a whole model the channels
 * that are its outputs, such as the scores of classes, stay, with a note, unless their layer or weight is named; a weight
 * of which nothing is left is warned of. See `l1Unstructured` for targets.
 * @param amount of the channels, or of those that an earlier mask left anything of.
 * @throws `pruning/layer` for an axis that a weight does not have, too.
 */
export function lnStructured<T extends Target>(
  target: T,
  amount: Amount,
  options: LnOptions = {},
): Pruned<T> {
  checkOptions<LnOptions>(options, LN_KINDS, { where: 'lnStructured' });
  return pruned(target, options, chooseLn(amount, options, 'lnStructured'), 'lnStructured');
}

/** The choice of {@link lnStructured}. */
export function chooseLn(
  amount: Amount,
  { n = 2, axis = 'output' }: Pick<LnOptions, 'n' | 'axis'>,
  subject: string,
): Choose {
  const known = readAmount(amount, subject);
  checkOptions({ n, axis }, OWN_LN_KINDS, { where: subject });
  return eachSliced(axis, subject, (part, slices, where) =>
    leastSlices(part.scores, slices, known, { norm: n, kept: part.kept, subject: where }),
  );
}

/** Options of {@link randomStructured}. */
export interface RandomStructuredOptions extends TargetOptions {
  /** See {@link LnOptions.axis}. */
  readonly axis?: Axis | undefined;
  /** 0 unless told. */
  readonly seed?: number | undefined;
}

const RANDOM_KINDS: OptionKinds<RandomStructuredOptions> = {
  ...TARGET_KINDS,
  axis: axisKind,
  seed: number('a whole number', Number.isSafeInteger),
};

/** Makes whole channels zero by chance; otherwise as {@link lnStructured}. */
export function randomStructured<T extends Target>(
  target: T,
  amount: Amount,
  options: RandomStructuredOptions = {},
): Pruned<T> {
  checkOptions<RandomStructuredOptions>(options, RANDOM_KINDS, { where: 'randomStructured' });
  return pruned(target, options, chooseRandomSlices(amount, options, 'randomStructured'), 'randomStructured');
}

/** The choice of {@link randomStructured}. */
export function chooseRandomSlices(
  amount: Amount,
  { axis = 'output', seed = 0 }: Pick<RandomStructuredOptions, 'axis' | 'seed'>,
  subject: string,
): Choose {
  const known = readAmount(amount, subject);
  const random = Random.of(seed);
  return eachSliced(axis, subject, (part, slices, where) =>
    slicesByChance(part.scores.length, slices, known, {
      random: random.fork(part.name),
      kept: part.kept,
      subject: where,
    }),
  );
}

function eachSliced(
  axis: Axis,
  subject: string,
  choose: (part: Part, slices: Slices, where: string) => Uint8Array,
): Choose {
  return (parts) =>
    parts.map((part) => {
      const axes = axesOf(part, axis);
      if (typeof axes === 'string') return axes;
      const where = `${subject}: '${part.name}'`;
      const placed = new Set(axes.map((each) => (each < 0 ? each + part.shape.length : each)));
      if (placed.size < axes.length) {
        fail('pruning/layer', {
          subject: `${where}: axis`,
          expected: 'each axis once',
          got: axes.join(', '),
        });
      }
      const isOutputs =
        placed.size === part.outputs.length &&
        part.outputs.every((each) => placed.has(each + part.shape.length));
      if (part.outputsStay === true && isOutputs) {
        return `its channels are outputs of the model (name '${part.layer}' in layers to prune them)`;
      }
      return choose(part, slicesAlong(part.shape, axes, where), where);
    });
}
