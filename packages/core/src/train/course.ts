import type { FitResult } from './fit.js';
import type { Note } from '../pass.js';
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
  /** What callbacks noted. */
  readonly notes: Note[] = [];
  /** Numbers that callbacks tell. */
  told: Readonly<Record<string, number>> = {};
  /** Steps that were done before, by the training whose checkpoint this one took up. */
  from = 0;
  /** Whether the optimizer is at work, which cannot be undone. */
  isApplying = false;
  /** Sums as they were before the step that runs; undefined between steps. */
  private meansBefore: Means['state'] | undefined;

  /** Before the first batch of a step changes anything. */
  stepBegun(): void {
    this.meansBefore = this.means.state;
  }

  stepDone(): void {
    this.step++;
    this.stepInEpoch++;
    this.meansBefore = undefined;
    this.isApplying = false;
  }

  /** Whether batches of a step have been seen that is not done yet. */
  get isInStep(): boolean {
    return this.meansBefore !== undefined;
  }

  /** Forgets the batches of a step that is not done. */
  leaveStep(): void {
    if (this.meansBefore !== undefined) this.means = Means.of(this.meansBefore);
    this.meansBefore = undefined;
  }

  epochDone(record: EpochRecord): void {
    this.history = [...this.history, record];
    this.epoch++;
    this.stepInEpoch = 0;
    this.means = new Means();
  }
}
