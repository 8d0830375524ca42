import * as tf from '@tensorflow/tfjs';
import { breathe, checkInputs, fail, Model, runFailed, type ModelInputs } from '@tfjs-optimize/core';
import type { PrecisionPlan } from '../precision/plan.js';
import { reportOf, type PrecisionReport } from '../precision/report.js';
import { TENSORFLOW, type LoadedSavedModel } from '../tfjs-node/load.js';

type Named = Readonly<Record<string, tf.Tensor>>;

/** Ends the sessions of models that were garbage collected without dispose(). */
const abandoned = new FinalizationRegistry<LoadedSavedModel>((session) => session.dispose());

/** When the last asynchronous run that was asked for begins, of whichever model. */
let lastTurn: Promise<void> = Promise.resolve();

/** The event loop turns between two runs, so that several that are asked for at once block it for one each. */
function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => breathe(undefined, 'run'));
  return lastTurn;
}

/**
 * A model that runs in a session of TensorFlow; see {@link compile}. It is a {@link Model} in everything else: its
 * graph and weights are those it was compiled from, passes make new, uncompiled models of it, and it can be saved.
 *
 * A run blocks JavaScript until it has ended, as every op of tfjs-node does: the binding calls TensorFlow on the thread
 * that it is called on. {@link runAsync} lets the event loop turn before each run.
 */
export class CompiledModel extends Model {
  private session: LoadedSavedModel | undefined;
  private told: PrecisionReport | undefined;

  /** @internal */
  constructor(
    model: Model,
    session: LoadedSavedModel,
    private readonly plan: PrecisionPlan,
  ) {
    super(model);
    this.session = session;
    abandoned.register(this, session, this);
  }

  /**
   * Runs the model in its session, loops and branches included. The backend `tensorflow` has to be in use.
   * @param inputs one tensor, an array in signature order, or tensors by input key.
   * @returns outputs in signature order; the caller disposes of them (or a surrounding tf.tidy).
   * @throws `model/input` before TensorFlow sees anything, `native/disposed` after {@link dispose},
   *   `backend/memory` where the session has too little, `model/run`.
   */
  override run(inputs: ModelInputs): tf.Tensor[] {
    return this.runNamed(this.open(), this.check(inputs));
  }

  /** As {@link run}. Several at once run one after the other, and the event loop turns before each. */
  override async runAsync(inputs: ModelInputs): Promise<tf.Tensor[]> {
    this.open();
    const named = this.check(inputs);
    await nextTurn();
    return this.runNamed(this.open(), named);
  }

  /** Ends the session and gives its memory back. For good: {@link run} fails afterwards. */
  override dispose(): void {
    super.dispose();
    abandoned.unregister(this);
    this.session?.dispose();
    this.session = undefined;
  }

  override toString(): string {
    return `${super.toString()}, ${this.session === undefined ? 'disposed of' : 'in a session of TensorFlow'}`;
  }

  /** What the session stores weights and computes in, node by node, and why. */
  get precision(): PrecisionReport {
    return (this.told ??= reportOf(this, this.plan));
  }

  private open(): LoadedSavedModel {
    return (
      this.session ??
      fail('native/disposed', {
        subject: 'compiled model',
        expected: 'one that is in use',
        got: 'one that was disposed of',
        advice: 'Compile the model again',
      })
    );
  }

  private check(inputs: ModelInputs): Named {
    // The session reads tensors of other backends, but its outputs would be taken for tensors of those.
    if (tf.getBackend() !== TENSORFLOW) {
      fail('model/run', {
        subject: 'compiled model',
        expected: `the backend '${TENSORFLOW}' to be in use`,
        got: `'${tf.getBackend()}'`,
        advice: `Call await tf.setBackend('${TENSORFLOW}') first`,
      });
    }
    return checkInputs(this.signature, inputs);
  }

  private runNamed(session: LoadedSavedModel, named: Named): tf.Tensor[] {
    let outputs: Named;
    try {
      outputs = session.predict(named);
    } catch (cause) {
      return runFailed(cause, { subject: 'compiled model', runner: 'TensorFlow' });
    }
    return this.signature.outputs.map(({ key }) => outputs[key] as tf.Tensor);
  }
}
