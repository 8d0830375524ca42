import type { Lifetimes } from './lifetimes.js';
import { allocate } from './scratch.js';
import type { StockBackend } from './stock.js';

/**
 * Weights in the form in which kernels read them, kept for as long as the tensor lives whose values they are.
 * What a dataId holds never changes in TensorFlow.js (a variable gets another one when it is assigned), so a
 * form is kept from its second use on: weights are used again and again, what a layer computes is not.
 */
export class PackedWeights {
  private readonly kept = new Map<object, Map<string, number>>();
  private seen = new WeakMap<object, Set<string>>();

  constructor(
    private readonly backend: StockBackend,
    private readonly lifetimes: Lifetimes,
  ) {}

  /**
   * Address of a form that is kept, or is made now because this is its second use; undefined at its first.
   * @param form name of the form with its sizes: tensors of other shapes may share the values.
   * @param make writes the form to an address.
   */
  of(dataId: object, form: string, bytes: number, make: (to: number) => void): number | undefined {
    const found = this.kept.get(dataId)?.get(form);
    if (found !== undefined) return found;
    if (!this.again(dataId, form)) return undefined;
    const address = allocate(this.backend.wasm, bytes);
    make(address);
    this.formsOf(dataId).set(form, address);
    return address;
  }

  /** Gives all of it back. */
  clear(): void {
    for (const dataId of [...this.kept.keys()]) this.release(dataId);
    this.seen = new WeakMap();
  }

  private formsOf(dataId: object): Map<string, number> {
    const found = this.kept.get(dataId);
    if (found !== undefined) return found;
    const forms = new Map<string, number>();
    this.kept.set(dataId, forms);
    this.lifetimes.whenGone(dataId, () => this.release(dataId));
    return forms;
  }

  private again(dataId: object, form: string): boolean {
    const seen = this.seen.get(dataId) ?? new Set<string>();
    if (seen.has(form)) return true;
    this.seen.set(dataId, seen.add(form));
    return false;
  }

  private release(dataId: object): void {
    for (const address of this.kept.get(dataId)?.values() ?? []) this.backend.wasm._free(address);
    this.kept.delete(dataId);
    this.seen.delete(dataId);
  }
}
