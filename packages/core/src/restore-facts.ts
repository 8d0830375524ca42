import { fail } from './errors.js';
import type { AnyFact, Established, Fact } from './facts.js';
import { isJsonObject } from './graph/json-attr.js';
import { FACTS_KEY } from './io/artifacts.js';
import type { Json } from './json.js';
import type { Model, Stage } from './model.js';

/** A fact of any type of value that may have been saved. */
export type SavedFact = AnyFact & { readonly fromJson?: (json: Json) => unknown };

/**
 * A model with the facts that were saved with it, for the facts given: a file holds their values, not
 * their behaviour. Each is checked against the model before it counts. Facts that the file does not hold,
 * and what it holds of facts that are not given, are passed over.
 *
 * @throws `fact/violated` where the model in the file breaks a fact saved with it, `io/format` where the
 *   saved value is not one of the fact's.
 */
export function restoreFacts<S extends Stage>(model: Model<S>, facts: readonly SavedFact[]): Model<S> {
  const saved = model.extras.userDefinedMetadata?.[FACTS_KEY];
  if (!isJsonObject(saved)) return model;
  let restored = model.facts;
  for (const given of facts) {
    const fact = given as unknown as Fact<unknown>;
    const json = Object.hasOwn(saved, fact.name) ? saved[fact.name] : undefined;
    if (json === undefined || fact.fromJson === undefined) continue;
    const value = valueOf(fact, () => fact.fromJson?.(json));
    check({ fact, value }, model);
    restored = restored.with(fact, value);
  }
  return restored === model.facts ? model : model.with<S>({ facts: restored });
}

function valueOf(fact: Fact<unknown>, read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return fail('io/format', { subject: `saved fact '${fact.name}'`, expected: 'a value of it', got, cause });
  }
}

function check({ fact, value }: Established, model: Model): void {
  const [first] = fact.check(model, value);
  if (first === undefined) return;
  fail('fact/violated', {
    subject: `model with the saved fact '${fact.name}'`,
    expected: 'to keep it',
    got: `'${first.subject}': ${first.message}`,
    advice: 'Load it without the fact, or establish it again',
  });
}
