import type * as tf from '@tensorflow/tfjs';
import { fail } from './errors.js';
import type { ValueId } from './graph/node.js';
import type { Json } from './json.js';
import type { Model } from './model.js';
import type { Weight, Weights } from './weights.js';

/** One way in which a model breaks a fact or a pass's conditions. */
export interface Violation {
  /** The node, weight or layer to blame. */
  readonly subject: string;
  /** What is wrong with it, as a phrase. */
  readonly message: string;
}

/** A weight that keeps an average of what a value of the graph was in the steps of a training. */
export interface Running {
  readonly weight: string;
  /** As many numbers as the weight has; it is computed in the form of training. */
  readonly value: ValueId;
  /** How much of the weight a step keeps, from 0 to 1. */
  readonly momentum: number;
  /** It moves in this share of all steps, from the first on; in all of them unless told. */
  readonly until?: number | undefined;
}

/** Makes trained weights obey a fact. It may hold tensors of its own, such as masks. */
export interface Projector {
  /**
   * Gets a trained weight's name and its new value; returns a tensor of the same shape (the same one if nothing
   * changes). It runs inside of `tf.tidy`.
   */
  readonly project: (weight: string, updated: tf.Tensor) => tf.Tensor;
  /** Frees the tensors that it holds. */
  readonly dispose?: () => void;
}

/**
 * What a pass made of a weight: another one with the same elements, perhaps in other places, of other types or times
 * something. An element that was zero still is.
 */
export interface WeightMove {
  readonly from: string;
  /** The name of the new weight, which may be the old name; undefined where nothing needs the weight any more. */
  readonly to: string | undefined;
  /** Does to any weight of the old shape what was done to the places of its elements; nothing unless told. */
  readonly place?: ((weight: Weight) => Weight) | undefined;
}

/**
 * Something a pass established that later passes must keep: pruning masks, quantization ranges.
 * A Fact is a key with behaviour; its value of type T lives in the model's {@link Facts}.
 */
export interface Fact<T> {
  /** Unique name, `package/fact`. */
  readonly name: string;
  /** Ways in which the model breaks the fact; empty when it holds. */
  readonly check: (model: Model, value: T) => readonly Violation[];
  /** For training: what makes weights obey after each step. Made when it begins and for every new value, outside of `tf.tidy`. */
  readonly projector?: (value: T) => Projector;
  /** For training: weights that no gradient moves, but what batches show, such as ranges of activations. */
  readonly running?: (value: T) => readonly Running[];
  /** What a change of names does to the value; `renames` maps old weight names to new ones. */
  readonly rename?: (value: T, renames: ReadonlyMap<string, string>) => T;
  /**
   * What becomes of the value where weights are replaced: the moves one after the other, and whether a weight of some
   * name is there after all of them. A fact without it keeps its value.
   */
  readonly follow?: (value: T, moves: readonly WeightMove[], isThere: (weight: string) => boolean) => T;
  /**
   * Whether zeros of a weight must stay zero where it is replaced. Passes that would give its zeros another number, as
   * integers about another one than 0 do, then leave that out.
   */
  readonly keepsZeros?: (value: T, weight: string) => boolean;
  /** The value as JSON, for saving with the model; a fact without it is not saved. */
  readonly toJson?: (value: T) => Json;
  readonly fromJson?: (json: Json) => T;
}

/** A fact of any type of value, where only which fact it is matters. */
export type AnyFact = Pick<Fact<never>, 'name' | 'check'>;

/** A fact with its value. */
export interface Established<T = unknown> {
  readonly fact: Fact<T>;
  readonly value: T;
}

/** Immutable map from fact to value. */
export class Facts implements Iterable<Established> {
  static readonly none = new Facts(new Map());

  private constructor(private readonly byName: ReadonlyMap<string, Established>) {}

  get size(): number {
    return this.byName.size;
  }

  has<T>(fact: Fact<T>): boolean {
    return this.byName.has(fact.name);
  }

  get<T>(fact: Fact<T>): T | undefined {
    return this.byName.get(fact.name)?.value as T | undefined;
  }

  /** The value of a fact that must hold. */
  need<T>(fact: Fact<T>): T {
    const found = this.byName.get(fact.name);
    if (found === undefined) {
      fail('pass/needs', {
        subject: `fact '${fact.name}'`,
        expected: 'to be established',
        got: 'no such fact',
      });
    }
    return found.value as T;
  }

  with<T>(fact: Fact<T>, value: T): Facts {
    return new Facts(new Map(this.byName).set(fact.name, { fact, value } as Established));
  }

  without(fact: AnyFact): Facts {
    if (!this.byName.has(fact.name)) return this;
    const next = new Map(this.byName);
    next.delete(fact.name);
    return new Facts(next);
  }

  /** The facts after weights got new names; a fact that does not name weights keeps its value. */
  renamed(renames: ReadonlyMap<string, string>): Facts {
    if (renames.size === 0) return this;
    const next = [...this.byName].map(([name, { fact, value }]): [string, Established] => [
      name,
      { fact, value: fact.rename === undefined ? value : fact.rename(value, renames) },
    ]);
    return new Facts(new Map(next));
  }

  /**
   * The facts after weights were replaced.
   * @param weights those of the model after all moves.
   */
  followed(moves: readonly WeightMove[], weights: Weights): Facts {
    if (moves.length === 0) return this;
    const isThere = (name: string): boolean => weights.has(name);
    let changed = false;
    const next = [...this.byName].map(([name, { fact, value }]): [string, Established] => {
      const now = fact.follow === undefined ? value : fact.follow(value, moves, isThere);
      changed ||= now !== value;
      return [name, { fact, value: now }];
    });
    return changed ? new Facts(new Map(next)) : this;
  }

  /** Whether any fact needs the zeros of a weight to stay zero. */
  keepZeros(weight: string): boolean {
    return [...this].some(({ fact, value }) => fact.keepsZeros?.(value, weight) === true);
  }

  [Symbol.iterator](): Iterator<Established> {
    return this.byName.values();
  }
}
