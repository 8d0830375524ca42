import * as tf from '@tensorflow/tfjs';
import type { WeightValues } from './variables.js';

/** Weights of other moments that a training keeps beside those of now. */
export class KeptWeights {
  /** Before the last step: those behind the last loss that was finite. */
  private good: WeightValues | undefined;
  /** Of the best epoch, where they are asked for. */
  private ofBest: WeightValues | undefined;

  get before(): WeightValues | undefined {
    return this.good;
  }

  get best(): WeightValues | undefined {
    return this.ofBest;
  }

  /** Takes values in the place of those before. */
  keepBefore(values: WeightValues): void {
    release(this.good);
    this.good = values;
  }

  /** Takes values in the place of the best so far. */
  keepBest(values: WeightValues): void {
    release(this.ofBest);
    this.ofBest = values;
  }

  dispose(): void {
    release(this.good);
    release(this.ofBest);
  }
}

function release(values: WeightValues | undefined): void {
  if (values !== undefined) tf.dispose([...values.values()]);
}
