import { fail } from '../errors.js';
import { nearest } from '../nearest.js';

/** What an epoch gave: means over its examples. */
export interface EpochRecord {
  /** From 0 on. */
  readonly epoch: number;
  /** `loss` and metrics by name, each `loss/…` where there are several, `validation/…` of validation data. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Steps that were done since the beginning. */
  readonly steps: number;
  /** The learning rate of its last step. */
  readonly learningRate: number | undefined;
}

/** When training ends before its last epoch. */
export interface EarlyStopping {
  /** The number to watch: `validation/loss` unless told, `loss` without validation data. */
  readonly watch?: string;
  /** Epochs without progress after which it ends, as in Keras; never unless told. */
  readonly patience?: number;
  /** Least change that counts as progress. */
  readonly least?: number;
  /** Whether more is better; told by the name unless set: it is of all but losses and errors. */
  readonly higherIsBetter?: boolean;
}

/** Watches a number for its best epoch. */
export class Best {
  private readonly watch: string;
  private readonly sign: number;
  private readonly least: number;
  private readonly patience: number;
  /** The best so far, and epochs since. */
  private best: { readonly value: number; readonly epoch: number } | undefined;
  private waited = 0;

  constructor(
    { watch, patience = Infinity, least = 0, higherIsBetter }: EarlyStopping,
    hasValidation: boolean,
  ) {
    this.watch = watch ?? (hasValidation ? 'validation/loss' : 'loss');
    this.sign = (higherIsBetter ?? !/loss|error/i.test(this.watch)) ? 1 : -1;
    this.least = least;
    this.patience = patience;
  }

  /** Refuses to watch a number that is not told. @param names of those that are. */
  check(names: readonly string[]): void {
    if (names.includes(this.watch)) return;
    const near = nearest(this.watch, names);
    fail('argument/invalid', {
      subject: 'earlyStopping.watch',
      expected: `one of ${names.join(', ')}`,
      got: `'${this.watch}'`,
      ...(near === undefined ? {} : { advice: `Did you mean '${near}'?` }),
    });
  }

  /** Takes an epoch into account. @returns whether it is the best so far, and whether to stop. */
  see({ epoch, numbers }: EpochRecord): { readonly isBest: boolean; readonly stop: boolean } {
    this.check(Object.keys(numbers));
    const value = numbers[this.watch] as number;
    const isBest =
      Number.isFinite(value) &&
      (this.best === undefined || this.sign * (value - this.best.value) > this.least);
    if (isBest) this.best = { value, epoch };
    this.waited = isBest ? 0 : this.waited + 1;
    return { isBest, stop: this.waited >= Math.max(1, this.patience) };
  }

  get epoch(): number | undefined {
    return this.best?.epoch;
  }

  /** Compares what comes with what comes alone. */
  forget(): void {
    this.best = undefined;
    this.waited = 0;
  }

  get state(): BestState {
    return { ...(this.best && { best: this.best, watch: this.watch }), waited: this.waited };
  }

  /**
   * Goes on; what was seen of another number tells nothing.
   * @param isNeeded whether something hangs on the best epoch.
   */
  resume({ best, watch, waited }: BestState, isNeeded: boolean): void {
    if (watch !== undefined && watch !== this.watch) {
      if (!isNeeded) return;
      fail('train/checkpoint', {
        subject: 'earlyStopping.watch',
        expected: `'${watch}', as when the training began`,
        got: `'${this.watch}'`,
        advice: 'Resume with the settings that it began with, or choose another folder',
      });
    }
    this.best = best;
    this.waited = waited;
  }
}

/** What is needed to go on watching. */
export interface BestState {
  readonly best?: { readonly value: number; readonly epoch: number };
  /** What the best is of. */
  readonly watch?: string;
  readonly waited: number;
}
