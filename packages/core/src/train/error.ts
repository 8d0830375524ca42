import { OptimizeError, type ErrorCode, type Problem } from '../errors.js';
import type { Model } from '../model.js';
import type { EpochRecord } from './history.js';

/** Training that ended before its time, whatever for. What it has learnt is not lost; the cause is kept. */
export class TrainingError extends OptimizeError {
  /** The last good weights. */
  declare readonly model: Model<'float'>;
  declare readonly history: readonly EpochRecord[];

  constructor(code: ErrorCode, problem: Problem, model: Model<'float'>, history: readonly EpochRecord[]) {
    super(code, problem);
    // Where nobody catches it Node.js prints all that is to be seen, and the message would be lost above weights.
    Object.defineProperty(this, 'model', { value: model });
    Object.defineProperty(this, 'history', { value: history });
  }
}
