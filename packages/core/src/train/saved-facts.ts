import { fail } from '../errors.js';
import type { Facts } from '../facts.js';
import { FACTS_KEY } from '../io/artifacts.js';
import type { Json, JsonObject } from '../json.js';
import { restoreFacts, type SavedFact } from '../restore-facts.js';
import type { Weight, Weights } from '../weights.js';
import { callbackList } from './callbacks.js';
import type { Training } from './training.js';

/** Values of the facts that can be saved, by the names of the facts. */
export function factsToJson(facts: Facts): JsonObject {
  const json: Record<string, Json> = {};
  for (const { fact, value } of facts) if (fact.toJson !== undefined) json[fact.name] = fact.toJson(value);
  return json;
}

/**
 * The facts of a training as they were saved: those of the model, and what callbacks establish. Facts that cannot be
 * saved are those of the model.
 * @param weights of the moment that they were saved at, for which they must hold.
 */
export function savedFacts(
  { model, options }: Training,
  json: JsonObject,
  weights: Weights,
  folder: string,
): Facts {
  const known: SavedFact[] = [
    ...[...model.facts].map(({ fact }) => fact),
    ...callbackList(options.callbacks).flatMap(({ facts = [] }) => facts),
  ];
  const strange = Object.keys(json).find((name) => known.every((fact) => fact.name !== name));
  if (strange !== undefined) {
    fail('train/checkpoint', {
      subject: folder,
      expected: `a model or callbacks that know its fact '${strange}'`,
      got: 'none that do',
      advice: 'Resume with the model and callbacks that it began with',
    });
  }
  const then = new Map<string, Weight>();
  for (const name of model.weights.names()) {
    const weight = weights.get(name);
    if (weight !== undefined) then.set(name, weight);
  }
  const saved = model.with({
    weights: model.weights.with(then),
    extras: { userDefinedMetadata: { [FACTS_KEY]: json } },
  });
  return restoreFacts(saved, known).facts;
}
