import { isOptimizeError } from '../errors.js';
import type { Model } from '../model.js';
import type { Batch } from './data.js';
import { TrainingError } from './error.js';
import { firstNotFinite } from './not-finite.js';
import { save } from './saving.js';
import type { Training } from './training.js';

/** What helps where numbers grow without bound. */
const LOWER = 'A lower learning rate or clip: { norm: 1 } may help';

/** Does work that a signal may end. What was learnt is kept then. */
export async function stoppable<T>(training: Training, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isOptimizeError(cause) || cause.code !== 'aborted') throw cause;
    const { checkpoint } = training.options;
    if (checkpoint !== undefined) {
      await requireFinite(training);
      await save(training, checkpoint.folder);
    }
    const advice =
      checkpoint === undefined
        ? 'The error holds the model'
        : `Go on from ${checkpoint.folder} with resume: true`;
    const { step, history } = training.course;
    throw new TrainingError(
      'aborted',
      {
        subject: 'training',
        expected: 'to run to its end',
        got: `a request to stop after ${step} steps`,
        advice,
        cause,
      },
      await training.trainer.weights.modelOf(),
      history,
    );
  }
}

/** Ends a training at a loss that is not finite. */
export async function endNotFinite(training: Training, batch: Batch, loss: number): Promise<never> {
  const { weights } = training.trainer;
  const { before } = training.kept;
  const now = await weights.modelOf();
  const { place, isData } = await firstNotFinite(now, batch);
  const model = isData || before === undefined ? now : await weights.modelOf(before);
  const advice = isData ? 'Look for NaN in the data' : LOWER;
  const got = `${loss}; ${place}`;
  const step = training.course.step + 1;
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
