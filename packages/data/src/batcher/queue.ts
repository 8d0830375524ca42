import type { Checked } from './request.js';
import type { Answer } from './run-batch.js';

/** A request and who waits for it. */
export interface Waiting {
  readonly request: Checked;
  /** When it is to be begun at the latest, in ms of `performance.now()`. */
  readonly due: number;
  /** Set when nobody waits any more. */
  isSettled: boolean;
  /** Set when it was taken: from then on neither its deadline counts nor its place in the queue. */
  isBegun: boolean;
  begin(): void;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Requests in the order in which they came. Those that are settled meanwhile stay until they are passed. */
export class Queue {
  private items: Waiting[] = [];
  private head = 0;
  /** How many are waited for. */
  length = 0;

  push(one: Waiting): void {
    this.items.push(one);
    this.length++;
  }

  /** To be told of each that was settled before its turn. */
  leave(): void {
    this.length--;
  }

  /** When the first that is waited for is due; undefined without any. */
  due(): number | undefined {
    let due = Infinity;
    for (let i = this.head; i < this.items.length; i++) {
      const { isSettled, due: one } = this.items[i] as Waiting;
      if (!isSettled) due = Math.min(due, one);
    }
    return this.length === 0 ? undefined : due;
  }

  /** Takes the first ones that can be of one batch, and no more than `most`: order is kept. */
  take(most: number): Waiting[] {
    const taken: Waiting[] = [];
    for (; this.head < this.items.length && taken.length < most; this.head++) {
      const one = this.items[this.head] as Waiting;
      if (one.isSettled) continue;
      if (taken[0] !== undefined && taken[0].request.kind !== one.request.kind) break;
      taken.push(one);
    }
    this.length -= taken.length;
    if (this.head > 1024 || this.head === this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return taken;
  }
}
