import { OptimizeError, type ErrorCode, type Problem } from '../errors.js';
import type { Model } from '../model.js';
import type { EpochRecord } from './history.js';

/** Training that ended before its time, whatever for. What it has learnt is not lost; the cause is kept. */
export class TrainingError extends OptimizeError {
  constructor(
    code: ErrorCode,
    problem: Problem,
    /** The last good weights. */
    readonly model: Model<'float'>,
    readonly history: readonly EpochRecord[],
  ) {
    super(code, problem);
  }
}
