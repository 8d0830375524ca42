import type { Facts, Model, Note } from '@tfjs-optimize/core';
import { masksFact } from '../masks/masks-fact.js';
import type { Mask } from '../masks/mask.js';
import { keptIndexes, keptShape, type Kept } from './slice-weight.js';

/**
 * Facts of a model whose weights were sliced: masks are sliced as their weights are, others are kept where they hold.
 * @returns the model with them, and what was dropped.
 */
export function withFactsAfter(
  model: Model<'float'>,
  before: Facts,
  kept: ReadonlyMap<string, Kept>,
): { readonly model: Model<'float'>; readonly notes: readonly Note[] } {
  let { facts } = model;
  const notes: Note[] = [];
  const masks = before.get(masksFact);
  if (masks !== undefined) {
    facts = facts.with(
      masksFact,
      new Map([...masks].map(([name, mask]) => [name, sliceMask(mask, kept.get(name))])),
    );
  }
  const next = model.with({ facts });
  for (const { fact, value } of before) {
    if (fact.name === masksFact.name) continue;
    const [first] = fact.check(next, value);
    if (first === undefined) continue;
    facts = facts.without(fact);
    notes.push({
      level: 'warning',
      kind: 'did',
      subject: first.subject,
      message: `'${fact.name}' no longer holds (${first.message}) and was dropped`,
    });
  }
  return { model: next.with({ facts }), notes };
}

function sliceMask(mask: Mask, kept: Kept | undefined): Mask {
  if (kept === undefined) return mask;
  const indexes = keptIndexes(mask.shape, kept);
  return {
    shape: keptShape(mask.shape, kept),
    kept: Uint8Array.from(indexes, (at) => mask.kept[at] as number),
  };
}
