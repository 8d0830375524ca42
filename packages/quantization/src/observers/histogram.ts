import type { Range } from '../numerics/qparams.js';

/** Into how many parts a bin is cut when the range grows (as PyTorch's HistogramObserver does it). */
const PARTS = 16;

/**
 * Counts of numbers in bins of equal width, gathered in one pass. The range grows with what comes: counts are then laid
 * into the new bins in sixteenths, so that memory stays that of one histogram.
 */
export class Histogram {
  counts: Float64Array;
  /** Ends of the bins. */
  low = 0;
  high = 0;
  /** Least and greatest number seen. */
  min = Infinity;
  max = -Infinity;
  total = 0;

  /** @param centred the range is as far below zero as above. */
  constructor(
    readonly bins: number,
    private readonly centred = false,
  ) {
    this.counts = new Float64Array(bins);
  }

  /** @param range of these numbers, which are finite and not none. */
  add(values: Float32Array, range: Range): void {
    this.grow(range);
    this.count(values);
  }

  /** Width of a bin. */
  get width(): number {
    return (this.high - this.low) / this.bins;
  }

  /** Lower edge of a bin; that of bin number {@link bins} is the upper end. */
  edge(bin: number): number {
    return bin === this.bins ? this.high : this.low + bin * this.width;
  }

  private grow({ min, max }: Range): void {
    const before = { low: this.low, high: this.high, min: this.min, max: this.max };
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    if (this.min === before.min && this.max === before.max) return;
    const furthest = Math.max(-this.min, this.max);
    [this.low, this.high] = this.centred ? [-furthest, furthest] : [this.min, this.max];
    // A range of one number has no width: one on either side of it, as PyTorch and NumPy take it.
    if (this.low === this.high) [this.low, this.high] = [this.low - 1, this.high + 1];
    if (this.total === 0 || (this.low === before.low && this.high === before.high)) return;
    const old = this.counts;
    this.counts = new Float64Array(this.bins);
    if (before.min === before.max) this.put(before.min, this.total);
    else this.relay(old, before.low, (before.high - before.low) / this.bins);
  }

  private relay(old: Float64Array, low: number, width: number): void {
    old.forEach((count, bin) => {
      if (count === 0) return;
      for (let part = 0; part < PARTS; part++) {
        this.put(low + (bin + (part + 0.5) / PARTS) * width, count / PARTS);
      }
    });
  }

  private put(value: number, count: number): void {
    const bin = Math.floor(((value - this.low) / (this.high - this.low)) * this.bins);
    const within = Math.min(Math.max(bin, 0), this.bins - 1);
    this.counts[within] = (this.counts[within] as number) + count;
  }

  private count(values: Float32Array): void {
    const { counts, low, bins } = this;
    const perUnit = bins / (this.high - low);
    const last = bins - 1;
    for (let i = 0; i < values.length; i++) {
      const bin = (((values[i] as number) - low) * perUnit) | 0;
      const within = bin > last ? last : bin;
      counts[within] = (counts[within] as number) + 1;
    }
    this.total += values.length;
  }
}
