import type { Coupling } from './coupling.js';
import type { Axis } from './site.js';

/** Which units go. */
export class Cut {
  private readonly gone: Uint8Array;
  private count = 0;

  constructor(
    private readonly coupling: Coupling,
    units: Iterable<number> = [],
  ) {
    this.gone = new Uint8Array(coupling.units.count);
    this.add(units);
  }

  /** Units that go, too. */
  add(units: Iterable<number>): this {
    for (const unit of units) {
      const root = this.coupling.units.find(unit);
      if (this.gone[root] === 0) this.count++;
      this.gone[root] = 1;
    }
    return this;
  }
  get isEmpty(): boolean {
    return this.count === 0;
  }
  has(unit: number): boolean {
    return this.gone[this.coupling.units.find(unit)] === 1;
  }
  /** Positions of an axis that stay, in order. */
  kept(axis: Int32Array): number[] {
    const kept: number[] = [];
    axis.forEach((unit, at) => {
      if (!this.has(unit)) kept.push(at);
    });
    return kept;
  }
  /** How many positions of an axis stay. */
  left(axis: Axis, whole: number): number {
    if (axis === null) return whole;
    let count = 0;
    for (const unit of axis) if (!this.has(unit)) count++;
    return count;
  }
}
