import type * as tf from '@tensorflow/tfjs';
import type { Fact, Facts } from '../facts.js';
import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import type { SavedFact } from '../restore-facts.js';
import type { EpochRecord } from './history.js';

/** What a callback can do. */
export interface Control {
  /** The model that is trained, as it was given. */
  readonly given: Model;
  /** Names of the weights that gradients move. */
  readonly trained: readonly string[];
  /** The facts that weights obey now. */
  readonly facts: Facts;
  /** Ends the training once the epoch's work is done. */
  stop(): void;
  /** The model of now. */
  model(): Promise<Model<'float'>>;
  /**
   * The present values of a trained weight, where they are: read them, or compute of them. The tensor is the training's.
   * @throws `argument/invalid` for a name that is none of {@link trained}.
   */
  weight(name: string): tf.Tensor;
  /**
   * Gives a fact its first value or a new one; weights obey it from now on, and so does the model that comes out.
   * Checkpoints and the best epoch's weights keep the values of their moment.
   * @throws `argument/invalid` for a fact that keeps running averages, which are settled when training begins;
   *   `train/checkpoint` for one that cannot be saved where checkpoints are written.
   */
  establish<T>(fact: Fact<T>, value: T): void;
  /**
   * Tells a number with those of steps and epochs, until it is told again; anew where a training is resumed.
   * @throws `argument/invalid` for the name of a number that the training tells itself.
   */
  tell(name: string, value: number): void;
  /** Adds a note to those of the result, once. */
  note(note: Note): void;
  /** Forgets which epoch was the best so far: those to come are compared among themselves. */
  forgetBest(): void;
}

/** Code of the caller that is told of training as it goes. */
export interface Callbacks {
  /** Facts that it establishes, so that a resumed training finds their values again. */
  readonly facts?: readonly SavedFact[];
  /** Before the first step, or the next one of a resumed training. @param start.steps in all; may be infinite. */
  readonly onBegin?: (start: { readonly step: number; readonly steps: number }, control: Control) => unknown;
  /**
   * In each step, once the optimizer has changed the weights (and constraints of layers are kept) and before facts
   * hold again. @param moment.step steps done, this one among them.
   */
  readonly onUpdate?: (
    moment: { readonly step: number; readonly epoch: number },
    control: Control,
  ) => unknown;
  /** After each step, with the numbers of its last batch. */
  readonly onStep?: (
    step: {
      readonly step: number;
      readonly epoch: number;
      readonly numbers: Readonly<Record<string, number>>;
    },
    control: Control,
  ) => unknown;
  /** After each epoch. */
  readonly onEpoch?: (record: EpochRecord, control: Control) => unknown;
}

/** One set of callbacks, or several that are called one after the other. */
export type CallbackOption = Callbacks | readonly Callbacks[];

/** All callbacks, in order. */
export function callbackList(given: CallbackOption | undefined): readonly Callbacks[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? (given as readonly Callbacks[]) : [given as Callbacks];
}
