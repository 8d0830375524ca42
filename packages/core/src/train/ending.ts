import { isOptimizeError, type ErrorCode } from '../errors.js';
import type { Model } from '../model.js';
import type { Batch } from './data.js';
import { TrainingError } from './error.js';
import { firstNotFinite } from './not-finite.js';
import { save, type Saving } from './saving.js';
import type { Training } from './training.js';

/** What helps where numbers grow without bound. */
const LOWER = 'A lower learning rate or clip: { norm: 1 } may help';

/**
 * The error that a training ends with where one was thrown: what was learnt is kept in it, and in the folder of
 * checkpoints where there is one. Before the first step it is the error itself, but for a request to stop.
 */
export async function endedBy(training: Training, cause: unknown): Promise<unknown> {
  if (cause instanceof TrainingError) return cause;
  const { course } = training;
  if (!isStop(cause) && course.step === course.from) return cause;
  try {
    return await withWhatWasLearnt(training, cause);
  } catch {
    // Weights that cannot be read any more, as of a backend that is gone, cannot be kept.
    return cause;
  }
}

async function withWhatWasLearnt(training: Training, cause: unknown): Promise<TrainingError> {
  const { course, trainer, kept, saving } = training;
  const isWhole = leaveStep(training);
  const isFinite = (await trainer.weights.notFinite()) === undefined;
  const model = await trainer.weights.modelOf(isFinite ? undefined : kept.before);
  const isSaved = saving !== undefined && isWhole && isFinite && (await isWritten(training, saving));
  const what = isStop(cause) ? 'a request to stop' : 'an error';
  const why = isStop(cause) ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
  const problem = {
    subject: 'training',
    expected: 'to run to its end',
    got: `${what} after ${course.step} steps${why}`,
    advice: isSaved ? `Go on from ${saving.folder} with resume: true` : 'The error holds the last good model',
    cause,
  };
  return new TrainingError(codeOf(cause), problem, model, course.history);
}

function isStop(cause: unknown): boolean {
  return codeOf(cause) === 'aborted';
}

/** A request to stop may come through the caller's code, too, as the error of a download. */
function codeOf(cause: unknown): ErrorCode {
  if (isOptimizeError(cause)) return cause.code;
  return cause instanceof Error && cause.name === 'AbortError' ? 'aborted' : 'train/failed';
}

/** Goes back to the end of the last whole step. @returns whether all of the training did. */
function leaveStep({ course, trainer, kept }: Training): boolean {
  if (course.isInStep && kept.before !== undefined) trainer.weights.restore(kept.before);
  course.leaveStep();
  return !course.isApplying;
}

async function isWritten(training: Training, saving: Saving): Promise<boolean> {
  try {
    await save(training, saving);
    return true;
  } catch {
    // What the training ended for is what is told.
    return false;
  }
}

/** Ends a training at a loss that is not finite. */
export async function endNotFinite(training: Training, batch: Batch, loss: number): Promise<never> {
  const { course, trainer, kept } = training;
  const { weights } = trainer;
  const now = await weights.modelOf();
  const { place, isData } = await firstNotFinite(now, batch);
  // Inside a step, the weights before it have been shown to be good; else those before the last one have.
  const isNow = kept.before === undefined || (isData && !course.isInStep);
  const model = isNow ? now : await weights.modelOf(kept.before);
  const advice = isData ? 'Look for NaN in the data' : LOWER;
  const got = `${loss}; ${place}`;
  const step = course.step + 1;
  throw notFinite(training, { step, expected: 'a finite loss', got, advice }, model);
}

/** Ends it where the last step made weights that are not finite, before they are kept anywhere. */
export async function requireFinite(training: Training): Promise<void> {
  const { weights } = training.trainer;
  const strange = await weights.notFinite();
  if (strange === undefined) return;
  const got = `NaN or infinity in ${strange}`;
  const { step } = training.course;
  const model = await weights.modelOf(training.kept.before);
  throw notFinite(training, { step, expected: 'finite weights', got, advice: LOWER }, model);
}

interface NotFiniteAt {
  readonly step: number;
  readonly expected: string;
  readonly got: string;
  readonly advice: string;
}

function notFinite(
  { course }: Training,
  { step, ...what }: NotFiniteAt,
  model: Model<'float'>,
): TrainingError {
  const subject = `step ${step} of training`;
  const advice = `${what.advice}; the error holds the last good model`;
  return new TrainingError('train/not-finite', { ...what, subject, advice }, model, course.history);
}
