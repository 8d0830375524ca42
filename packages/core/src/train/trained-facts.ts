import type * as tf from '@tensorflow/tfjs';
import type { Fact, Facts, Projector } from '../facts.js';

/** The facts of a model that is trained, and what makes its weights obey them. */
export class TrainedFacts {
  /** By the names of facts, with the value that each is made for. */
  private readonly projectors = new Map<string, { readonly value: unknown; readonly projector: Projector }>();
  private facts: Facts;

  constructor(facts: Facts) {
    this.facts = facts;
    this.makeProjectors();
  }

  get now(): Facts {
    return this.facts;
  }

  establish<T>(fact: Fact<T>, value: T): void {
    this.become(this.facts.with(fact, value));
  }

  /** Takes facts of another moment; what stays the same is not made anew. */
  become(facts: Facts): void {
    const before = this.facts;
    this.facts = facts;
    try {
      this.makeProjectors();
    } catch (error) {
      this.facts = before;
      throw error;
    }
    const names = new Set([...facts].map(({ fact }) => fact.name));
    for (const name of this.projectors.keys()) if (!names.has(name)) this.drop(name);
  }

  private makeProjectors(): void {
    for (const { fact, value } of this.facts) {
      if (fact.projector === undefined || this.projectors.get(fact.name)?.value === value) continue;
      const projector = fact.projector(value);
      this.drop(fact.name);
      this.projectors.set(fact.name, { value, projector });
    }
  }

  private drop(name: string): void {
    this.projectors.get(name)?.projector.dispose?.();
    this.projectors.delete(name);
  }

  /** Whether any fact asks something of weights. */
  get isDemanding(): boolean {
    return this.projectors.size > 0;
  }

  /** The nearest that a weight can be to its value under all facts, one after the other. */
  projected(weight: string, updated: tf.Tensor): tf.Tensor {
    let result = updated;
    for (const { fact } of this.facts)
      result = this.projectors.get(fact.name)?.projector.project(weight, result) ?? result;
    return result;
  }

  dispose(): void {
    for (const name of this.projectors.keys()) this.drop(name);
  }
}
