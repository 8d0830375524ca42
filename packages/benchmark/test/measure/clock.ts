import type { Clock, Random } from '@tfjs-optimize/core';

/** Time that passes only when work says so, for measurements that do not hang on the machine. */
export class SimulatedTime {
  private ms = 0;
  readonly clock: Clock = () => this.ms;

  pass(ms: number): void {
    this.ms += ms;
  }

  /** Work of `ms`, with the noise of a machine: log-normal, and now and then three times as long. */
  work(ms: number, random: Random): () => undefined {
    return () => {
      const hiccup = random.uniform() < 0.05 ? 3 : 1;
      this.pass(ms * hiccup * Math.exp(random.normal(0, 0.1)));
      return undefined;
    };
  }
}
