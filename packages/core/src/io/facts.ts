import type { Fact } from '../facts.js';
import { isJsonObject } from '../graph/json-attr.js';
import type { Model, Stage } from '../model.js';
import { FACTS_KEY } from './artifacts.js';

/**
 * A model that was read, with the facts that were saved with it. A file holds facts as JSON under
 * {@link FACTS_KEY} of its `userDefinedMetadata`; only the packages that established them know how to
 * read them, so name the facts to look for. Facts that the file does not hold are left out.
 */
export function restoreFacts<S extends Stage>(model: Model<S>, facts: readonly Fact<unknown>[]): Model<S> {
  const stored = model.extras.userDefinedMetadata?.[FACTS_KEY];
  if (!isJsonObject(stored)) return model;
  let restored = model.facts;
  for (const fact of facts) {
    const json = Object.hasOwn(stored, fact.name) ? stored[fact.name] : undefined;
    if (json !== undefined && fact.fromJson !== undefined)
      restored = restored.with(fact, fact.fromJson(json));
  }
  return restored === model.facts ? model : model.with<S>({ facts: restored });
}
