import type { FitResult } from './fit.js';
import type { EpochRecord } from './history.js';
import { Means } from './metrics.js';

/** How far a training is. */
export class Course {
  /** Steps done in all, epochs done, and steps done in the epoch that runs. */
  step = 0;
  epoch = 0;
  stepInEpoch = 0;
  history: readonly EpochRecord[] = [];
  /** Sums of the epoch that runs. */
  means = new Means();
  ended: FitResult['ended'] | undefined;

  stepDone(): void {
    this.step++;
    this.stepInEpoch++;
  }

  epochDone(record: EpochRecord): void {
    this.history = [...this.history, record];
    this.epoch++;
    this.stepInEpoch = 0;
    this.means = new Means();
  }
}
