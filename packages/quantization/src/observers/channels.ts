import { fail } from '@tfjs-optimize/core';
import { channelRanges, type Range } from '../numerics/qparams.js';

/** Sees tensors batch by batch and tells the least and greatest of each channel along an axis. */
export class ChannelWatcher {
  private seen: Range[] | undefined;

  constructor(private readonly axis: number) {}

  /** @throws `argument/invalid` where a batch has other channels than the first. */
  observe(values: ArrayLike<number>, shape: readonly number[]): void {
    const ranges = channelRanges(values, shape, this.axis);
    const { seen } = this;
    if (seen !== undefined && seen.length !== ranges.length) {
      fail('argument/invalid', {
        subject: `axis ${this.axis} of values watched`,
        expected: `${seen.length} channels, as before`,
        got: String(ranges.length),
      });
    }
    this.seen = ranges.map(({ min, max }, channel) => ({
      min: Math.min(min, seen?.[channel]?.min ?? min),
      max: Math.max(max, seen?.[channel]?.max ?? max),
    }));
  }

  ranges(): readonly Range[] {
    return this.seen ?? [];
  }
}
