import { checkOptions, fail, isLayersModel, isModel, valueText, type OptionKinds } from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import type { Mask } from '../masks/mask.js';
import { isTensor } from '../targets/kinds.js';
import { floatModel } from '../targets/model.js';
import { checkMask, type Choose, type Part } from '../targets/part.js';
import { pruned, type Pruned, type Target, type TargetOptions } from '../targets/target.js';
import { TARGET_KINDS } from './options.js';

/** A mask, or a tensor of ones and zeros. */
export type MaskLike = Mask | tf.Tensor;

/** One mask for one weight, or masks by names of weights or of layers. */
export type GivenMasks = MaskLike | Readonly<Record<string, MaskLike>>;

/** Options of {@link customMask}. */
export type CustomOptions = Pick<TargetOptions, 'inputShapes' | 'mask'>;

const KINDS: OptionKinds<CustomOptions> = { inputShapes: TARGET_KINDS.inputShapes, mask: TARGET_KINDS.mask };

/**
 * Prunes by masks that somebody else made, as `torch.nn.utils.prune.custom_from_mask` does: what they do not keep goes, and
 * what was pruned before stays pruned. See `l1Unstructured` for targets.
 * @param masks of a model by names of weights, or of layers with one kernel; of a layer, tensor or weight the mask itself.
 * @throws `pruning/mask` for a mask of another shape or of other numbers than 0 and 1, `pruning/layer`.
 */
export function customMask<T extends Target>(
  target: T,
  masks: GivenMasks,
  options: CustomOptions = {},
): Pruned<T> {
  const subject = 'customMask';
  checkOptions<CustomOptions>(options, KINDS, { where: subject });
  const given: Target = target;
  if (!isModel(given) && !isLayersModel(given)) {
    return pruned(target, options, chooseCustom(masks, subject), subject);
  }
  if (isMaskLike(masks)) {
    fail('argument/invalid', {
      subject: `${subject}: masks`,
      expected: 'masks by names of weights or layers for a model',
      got: 'one mask',
    });
  }
  const names = Object.keys(masks);
  const { weights } = floatModel(given, options, subject);
  const chosen = names.every((name) => weights.has(name)) ? { weights: names } : { layers: names };
  return pruned(target, { ...options, ...chosen }, chooseCustom(masks, subject), subject);
}

function chooseCustom(masks: GivenMasks, subject: string): Choose {
  return (parts) =>
    parts.map((part) => {
      const mask = readMask(masks, part, parts, subject);
      checkMask(mask, part.shape, part.name, subject);
      const { kept: earlier } = part;
      return earlier === undefined
        ? mask.kept.slice()
        : mask.kept.map((one, i) => one & (earlier[i] as number));
    });
}

function readMask(masks: GivenMasks, part: Part, parts: readonly Part[], subject: string): Mask {
  if (isMaskLike(masks)) {
    if (parts.length === 1) return asMask(masks, part, subject);
    fail('pruning/mask', {
      subject: `${subject}: masks`,
      expected: `masks by the names ${parts.map(({ name }) => `'${name}'`).join(', ')}`,
      got: 'one mask',
    });
  }
  const mask = masks[part.name] ?? masks[part.layer];
  if (mask !== undefined && isMaskLike(mask)) return asMask(mask, part, subject);
  return fail('pruning/mask', {
    subject: `${subject}: mask of '${part.name}'`,
    expected: 'a Mask or a tensor',
    got: valueText(mask),
  });
}

function isMaskLike(value: GivenMasks): value is MaskLike {
  if (isTensor(value)) return true;
  return typeof value === 'object' && 'kept' in value && 'shape' in value && value.kept instanceof Uint8Array;
}

function asMask(mask: MaskLike, { name }: Part, subject: string): Mask {
  if (!isTensor(mask)) return mask;
  const values = mask.dataSync();
  const at = values.findIndex((value) => value !== 0 && value !== 1);
  if (at >= 0) {
    fail('pruning/mask', {
      subject: `${subject}: mask of '${name}'`,
      expected: '1 for an element that is kept and 0 for one that is not',
      got: `${values[at]} at element ${at}`,
    });
  }
  return { shape: mask.shape, kept: Uint8Array.from(values) };
}
