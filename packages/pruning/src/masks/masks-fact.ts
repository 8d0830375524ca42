import {
  nearest,
  Weight,
  type Fact,
  type Json,
  type Model,
  type Violation,
  type WeightMove,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import type { Mask, Masks } from './mask.js';
import { masksFromJson, masksToJson } from './masks-json.js';

/** Which weights of a model stay zero. */
export const masksFact: Fact<Masks> = {
  name: 'pruning/masks',
  check: (model, masks) => [...masks].flatMap(([name, mask]) => violations(model, name, mask)),
  projector: (masks) => {
    const tensors = new Map([...masks].map(([name, mask]) => [name, uploaded(mask)]));
    return {
      project: (weight, updated) => {
        const mask = tensors.get(weight);
        return mask === undefined ? updated : tf.mul(updated, mask);
      },
      dispose: () => tf.dispose([...tensors.values()]),
    };
  },
  rename: (masks, renames) => new Map([...masks].map(([name, mask]) => [renames.get(name) ?? name, mask])),
  follow,
  keepsZeros: (masks, weight) => masks.has(weight),
  toJson: masksToJson,
  fromJson: (json: Json) => masksFromJson(json),
};

/** A mask as numbers to multiply by. */
function uploaded({ kept, shape }: Mask): tf.Tensor {
  return tf.tidy(() => tf.keep(tf.cast(tf.tensor(kept, [...shape], 'bool'), 'float32')));
}

/** Masks go where the elements of their weights went; those of weights that nothing needs any more go, too. */
function follow(masks: Masks, moves: readonly WeightMove[], isThere: (weight: string) => boolean): Masks {
  if (!moves.some(({ from }) => masks.has(from))) return masks;
  const next = new Map(masks);
  const moved = new Set<string>();
  for (const { from, to, place } of moves) {
    const mask = next.get(from);
    if (mask === undefined) continue;
    moved.add(from);
    if (to !== undefined) next.set(to, place === undefined ? mask : placed(mask, place));
  }
  for (const name of moved) if (!isThere(name)) next.delete(name);
  return next;
}

function placed({ shape, kept }: Mask, place: (weight: Weight) => Weight): Mask {
  const weight = place(Weight.of(kept, shape, 'bool'));
  return { shape: weight.shape, kept: Uint8Array.from(weight.numbers()) };
}

function violations(model: Model, name: string, mask: Mask): Violation[] {
  const weight = model.weights.get(name);
  if (weight === undefined) {
    const near = nearest(name, [...model.weights.names()]);
    const hint = near === undefined ? '' : `; the nearest is '${near}'`;
    return [{ subject: name, message: `a mask of a weight that is not there${hint}` }];
  }
  if (weight.shape.join() !== mask.shape.join()) {
    const message = `a mask of shape [${mask.shape.join(',')}], not [${weight.shape.join(',')}]`;
    return [{ subject: name, message }];
  }
  const values = weight.numbers();
  const { kept } = mask;
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] === 0 && values[i] !== 0) {
      return [{ subject: name, message: `element ${i} is ${values[i]}, and pruned` }];
    }
  }
  return [];
}
