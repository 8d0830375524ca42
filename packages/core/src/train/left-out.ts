import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import { trainingOf } from './trainable.js';

/** Notes on what the layers of a model do in training and this training does not. */
export function notesOfLeftOut(model: Model, trained: readonly string[]): Note[] {
  return trained.flatMap((subject) =>
    (trainingOf(model, subject).leftOut ?? []).map((what): Note => ({
      level: 'warning',
      kind: 'declined',
      subject,
      message: `trained without ${what} of its layer, which a graph does not hold`,
    })),
  );
}
