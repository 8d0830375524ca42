/** Why something cannot be cut. */
export interface Lock {
  /** The node that is in the way. */
  readonly node: string;
  /** What it does, as the rest of a sentence that begins with the channel. */
  readonly why: string;
}

/**
 * Units: the smallest things that can be cut, by number. Each stands for the same slice of everything that is coupled
 * to it; units that must go together are united (union-find: Tarjan 1975), those that must stay are locked.
 */
export class Units {
  private readonly parents: number[] = [];
  private readonly locks = new Map<number, Lock>();

  get count(): number {
    return this.parents.length;
  }

  /** New units, each by itself. */
  fresh(count: number): Int32Array {
    const first = this.parents.length;
    for (let i = 0; i < count; i++) this.parents.push(first + i);
    return Int32Array.from({ length: count }, (_, i) => first + i);
  }

  /** The unit that stands for all that a unit was united with. */
  find(unit: number): number {
    const { parents } = this;
    let at = unit;
    for (let up = parents[at] as number; up !== at; up = parents[at] as number) {
      // Halving the path keeps later walks short.
      parents[at] = parents[up] as number;
      at = parents[at] as number;
    }
    return at;
  }

  /** From now on both go or both stay. */
  unite(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    if (x === y) return;
    const [kept, gone] = x < y ? [x, y] : [y, x];
    this.parents[gone] = kept;
    const lock = this.locks.get(kept) ?? this.locks.get(gone);
    if (lock !== undefined) this.locks.set(kept, lock);
    this.locks.delete(gone);
  }

  /** A unit that stays; the first reason is kept. */
  lock(unit: number, lock: Lock): void {
    const root = this.find(unit);
    if (!this.locks.has(root)) this.locks.set(root, lock);
  }

  lockOf(unit: number): Lock | undefined {
    return this.locks.get(this.find(unit));
  }
}
