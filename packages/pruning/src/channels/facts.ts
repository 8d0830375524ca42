import type { Facts, Model, Note, WeightMove } from '@tfjs-optimize/core';
import { sliceWeight, type Kept } from './slice-weight.js';

/**
 * Facts of a model whose weights were sliced. Those that follow weights (`Fact.follow`), such as masks, are sliced along.
 * Others may speak of values, such as ranges of activations: with fewer channels these are others, so they are dropped.
 * @returns the model with them, and what was dropped.
 */
export function withFactsAfter(
  model: Model<'float'>,
  before: Facts,
  kept: ReadonlyMap<string, Kept>,
): { readonly model: Model<'float'>; readonly notes: readonly Note[] } {
  const moves = [...kept].map(([name, places]): WeightMove => {
    return { from: name, to: name, place: (weight) => sliceWeight(weight, places) };
  });
  let facts = before.followed(moves, model.weights);
  const next = model.with({ facts });
  const notes: Note[] = [];
  for (const { fact, value } of facts) {
    const [first] = fact.check(next, value);
    if (fact.follow !== undefined && first === undefined) continue;
    facts = facts.without(fact);
    const why = first?.message ?? 'it was found with the channels that went';
    notes.push({
      level: 'warning',
      kind: 'did',
      subject: first?.subject ?? fact.name,
      message: `'${fact.name}' no longer holds (${why}) and was dropped`,
    });
  }
  return { model: next.with({ facts }), notes };
}

/** Facts that would be lost where channels are removed. */
export function lostFacts(facts: Facts): string[] {
  return [...facts].filter(({ fact }) => fact.follow === undefined).map(({ fact }) => fact.name);
}
