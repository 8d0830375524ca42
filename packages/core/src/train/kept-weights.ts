import * as tf from '@tensorflow/tfjs';
import type { Snapshot } from './variables.js';

/** Weights of other moments that a training keeps beside those of now. */
export class KeptWeights {
  /** Before the last step: those behind the last loss that was finite. */
  private good: Snapshot | undefined;
  /** Of the best epoch, where they are asked for. */
  private ofBest: Snapshot | undefined;

  get before(): Snapshot | undefined {
    return this.good;
  }

  get best(): Snapshot | undefined {
    return this.ofBest;
  }

  /** Takes weights in the place of those before. */
  keepBefore(weights: Snapshot): void {
    release(this.good);
    this.good = weights;
  }

  /** Takes weights in the place of the best so far. */
  keepBest(weights: Snapshot | undefined): void {
    release(this.ofBest);
    this.ofBest = weights;
  }

  dispose(): void {
    release(this.good);
    release(this.ofBest);
  }
}

function release(weights: Snapshot | undefined): void {
  if (weights !== undefined) tf.dispose([...weights.values.values()]);
}
