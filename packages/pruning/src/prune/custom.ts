import {
  checkOptions,
  fail,
  isLayersModel,
  isModel,
  optionKinds,
  valueText,
  type OptionKinds,
} from '@tfjs-optimize/core';
import type * as tf from '@tensorflow/tfjs';
import { both, type Mask } from '../masks/mask.js';
import { isTensor } from '../targets/kinds.js';
import { floatModel } from '../targets/model.js';
import { checkMask, type Choose, type Part } from '../targets/part.js';
import { pruned, type Pruned, type Target, type TargetOptions } from '../targets/target.js';
import { TARGET_KINDS } from './options.js';

/** A mask, or a tensor of ones and zeros. */
export type MaskLike = Mask | tf.Tensor;

/** One mask for one weight, or masks by names of weights or of layers: a record, or a map as pruning gives them. */
export type GivenMasks = MaskLike | Readonly<Record<string, MaskLike>> | ReadonlyMap<string, MaskLike>;

/** Options of {@link customMask}. */
export type CustomOptions = Pick<TargetOptions, 'inputShapes' | 'mask'>;

const KINDS: OptionKinds<CustomOptions> = { inputShapes: TARGET_KINDS.inputShapes, mask: TARGET_KINDS.mask };

/** What a mask must be, in words. */
const MASK = 'a Mask of shape and kept (a Uint8Array), or a tensor';

/**
 * Prunes by masks that somebody else made, as `torch.nn.utils.prune.custom_from_mask` does: what they do not keep goes, and
 * what was pruned before stays pruned. See `l1Unstructured` for targets.
 * @param masks of a model by names of weights, or of layers with one kernel; of a layer, tensor or weight the mask itself.
 * @throws `pruning/mask` for a mask of another shape or of other numbers than 0 and 1, `pruning/layer`, `argument/invalid`.
 */
export function customMask<T extends Target>(
  target: T,
  masks: GivenMasks,
  options: CustomOptions = {},
): Pruned<T> {
  const subject = 'customMask';
  checkOptions<CustomOptions>(options, KINDS, { where: subject });
  const given: Target = target;
  const read = readMasks(masks, subject);
  if (!isModel(given) && !isLayersModel(given)) {
    return pruned(target, options, chooseCustom(read, subject), subject);
  }
  if (!(read instanceof Named)) {
    fail('argument/invalid', {
      subject: `${subject}: masks`,
      expected: 'masks by names of weights or layers for a model',
      got: 'one mask',
    });
  }
  const names = [...read.keys()];
  const { weights } = floatModel(given, options, subject);
  const chosen = names.every((name) => weights.has(name)) ? { weights: names } : { layers: names };
  return pruned(target, { ...options, ...chosen }, chooseCustom(read, subject), subject);
}

/** Masks by name. */
class Named extends Map<string, unknown> {}

/** One mask, or masks by name. */
type ReadMasks = MaskLike | Named;

function readMasks(masks: GivenMasks, subject: string): ReadMasks {
  if (isMaskLike(masks)) return masks;
  const found =
    masks instanceof Map || optionKinds.object.fits(masks)
      ? new Named(masks instanceof Map ? (masks as ReadonlyMap<string, unknown>) : Object.entries(masks))
      : undefined;
  if (found !== undefined && found.size > 0) return found;
  return fail('argument/invalid', {
    subject: `${subject}: masks`,
    expected: `${MASK}, or such by the names of weights or layers`,
    got: found === undefined ? valueText(masks) : 'none',
  });
}

function chooseCustom(masks: ReadMasks, subject: string): Choose {
  return (parts) => {
    if (masks instanceof Named) refuseStrange([...masks.keys()], parts, subject);
    return parts.map((part) => {
      const mask = readMask(masks, part, parts, subject);
      checkMask(mask, part.shape, part.name, subject);
      return both(
        mask,
        part.kept === undefined ? undefined : { shape: part.shape, kept: part.kept },
      ).kept.slice();
    });
  };
}

/** Names of a model were looked for already: those of a layer are looked for here. */
function refuseStrange(names: readonly string[], parts: readonly Part[], subject: string): void {
  if (names.some((name) => parts.some((part) => part.name === name || part.layer === name))) return;
  const known = parts.map(({ name }) => `'${name}'`).join(', ');
  fail('pruning/layer', {
    subject: `${subject}: masks`,
    expected: `a mask of ${known}`,
    got: `one of ${names.map((name) => `'${name}'`).join(', ')}`,
  });
}

function readMask(masks: ReadMasks, part: Part, parts: readonly Part[], subject: string): Mask {
  if (!(masks instanceof Named)) {
    if (parts.length === 1) return asMask(masks, part, subject);
    fail('pruning/mask', {
      subject: `${subject}: masks`,
      expected: `masks by the names ${parts.map(({ name }) => `'${name}'`).join(', ')}`,
      got: 'one mask',
    });
  }
  const mask: unknown = masks.get(part.name) ?? masks.get(part.layer);
  if (isMaskLike(mask)) return asMask(mask, part, subject);
  return fail('pruning/mask', {
    subject: `${subject}: mask of '${part.name}'`,
    expected: MASK,
    got: mask === undefined ? 'none' : valueText(mask),
  });
}

function isMaskLike(value: unknown): value is MaskLike {
  if (isTensor(value)) return true;
  if (!optionKinds.object.fits(value)) return false;
  const { kept, shape } = value as { readonly kept?: unknown; readonly shape?: unknown };
  return kept instanceof Uint8Array && Array.isArray(shape);
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
