import { breathe } from '@tfjs-optimize/core';
import { checkOptions, fail, optionKinds, OptimizeError, type ErrorCode } from '@tfjs-optimize/core/plain';
import { onAbort } from '../abort.js';
import { after } from '../timer.js';
import { Queue, type Waiting } from './queue.js';
import { checkRequest, type Request } from './request.js';
import { runBatch, type Answer } from './run-batch.js';
import { servedOf, type Servable, type Served } from './served.js';

/** Options of {@link batcher}. */
export interface BatcherOptions {
  /**
   * Requests of a batch at most: a number, or what `sweepBatches` of `@tfjs-optimize/benchmark` found, of which the
   * smallest batch that is good enough is taken; 32 unless told.
   */
  readonly maxBatch?: number | { readonly smallestGood: number };
  /** Time in ms that a request waits for others at most, while the model is free; 2 unless told, `Infinity` until a batch is full. */
  readonly maxDelayMs?: number;
  /** Requests that may wait; more are refused, as `batcher/full`. 1024 unless told. */
  readonly maxQueue?: number;
  /** Deadline of requests that have none of their own, in ms; none unless told. */
  readonly deadlineMs?: number;
}

/** Options of one request. */
export interface RequestOptions {
  /** Takes the request back, which then fails with `aborted`; that of others goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Time in ms after which it fails with `batcher/deadline` if it was not begun. */
  readonly deadlineMs?: number;
}

/** A model that answers single requests in batches. */
export interface Batcher {
  /**
   * Answers one request. Requests are begun in the order in which they came.
   * @returns outputs in the order of the model's outputs, without the size that counts requests.
   * @throws `batcher/request`, `batcher/full`, `batcher/deadline`, `batcher/failed`, `batcher/closed`, `aborted`.
   */
  predict(request: Request, options?: RequestOptions): Promise<Answer>;
  /**
   * Waits until one more may wait, in the order of those that ask: for those that would rather be slow than be refused. The
   * place is kept until the event loop turns, so ask for the answer at once: `await room(); predict(...)`.
   */
  room(): Promise<void>;
  /** Requests that wait now. */
  readonly waiting: number;
  /** Answers what is waiting, or fails it with `batcher/closed` where told to drop it, and takes nothing more. */
  close(options?: { readonly drop?: boolean }): Promise<void>;
}

const { either, number, whole } = optionKinds;
const sweep = {
  expected: 'what sweepBatches found',
  fits: (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'smallestGood' in value && whole.fits(value.smallestGood),
};
const signalKind = {
  expected: 'an AbortSignal',
  fits: (value: unknown): boolean => value instanceof AbortSignal,
};
const time = number('milliseconds from 0 up', (value) => value >= 0);

/**
 * Gathers single requests into batches: while the model computes, requests gather; when it is free it takes as many as
 * there are, at most `maxBatch`, and waits for more no longer than `maxDelayMs`. The model stays the caller's.
 *
 * @throws `argument/invalid`
 */
export function batcher(model: Servable, options: BatcherOptions = {}): Batcher {
  checkOptions<BatcherOptions>(options, {
    maxBatch: either(whole, sweep),
    maxDelayMs: time,
    maxQueue: whole,
    deadlineMs: time,
  });
  return new ModelBatcher(servedOf(model), options);
}

class ModelBatcher implements Batcher {
  private readonly queue = new Queue();
  private readonly most: number;
  private readonly delay: number;
  private readonly capacity: number;
  private readonly deadline: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private beginsAt = Infinity;
  private running: Promise<void> | undefined;
  private isClosed = false;
  private readonly waiters: (() => void)[] = [];
  /** Places of those that room() told to come. */
  private kept = 0;

  constructor(
    private readonly served: Served,
    { maxBatch = 32, maxDelayMs = 2, maxQueue = 1024, deadlineMs }: BatcherOptions,
  ) {
    this.most = typeof maxBatch === 'number' ? maxBatch : maxBatch.smallestGood;
    this.delay = maxDelayMs;
    this.capacity = maxQueue;
    this.deadline = deadlineMs;
  }

  get waiting(): number {
    return this.queue.length;
  }

  async predict(request: Request, options: RequestOptions = {}): Promise<Answer> {
    checkOptions<RequestOptions>(options, { signal: signalKind, deadlineMs: time });
    const { signal, deadlineMs = this.deadline } = options;
    if (this.isClosed) throw closed();
    if (signal?.aborted) throw cancelled(signal);
    const checked = checkRequest(request, this.served.ports);
    if (this.kept > 0) this.kept--;
    else if (this.free <= 0) {
      fail('batcher/full', {
        subject: 'batcher',
        expected: `fewer than ${this.capacity} requests that wait`,
        got: String(this.queue.length),
        advice: 'Wait for room(), or raise maxQueue',
      });
    }
    return new Promise((resolve, reject) => {
      this.admit(this.entry(checked, signal, deadlineMs, resolve, reject));
    });
  }

  private entry(
    request: Waiting['request'],
    signal: AbortSignal | undefined,
    deadlineMs: number | undefined,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ): Waiting {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (one: Waiting): boolean => {
      if (one.isSettled) return false;
      one.isSettled = true;
      clearTimeout(timer);
      forget();
      return true;
    };
    const patience = deadlineMs === undefined ? this.delay : Math.min(this.delay, deadlineMs / 2);
    const entry: Waiting = {
      request,
      due: performance.now() + patience,
      isSettled: false,
      isBegun: false,
      begin: () => {
        clearTimeout(timer);
        entry.isBegun = true;
      },
      resolve: (answer) => {
        if (settle(entry)) resolve(answer);
      },
      reject: (error) => {
        if (!settle(entry)) return;
        if (!entry.isBegun) this.leave();
        reject(error);
      },
    };
    const forget = onAbort(signal, () => entry.reject(cancelled(signal)));
    if (deadlineMs !== undefined) {
      timer = after(deadlineMs, () => entry.reject(late(deadlineMs)));
    }
    return entry;
  }

  private admit(entry: Waiting): void {
    this.queue.push(entry);
    if (this.queue.length >= this.most) this.begin();
    else this.schedule(entry.due);
  }

  /** Begins a batch at that time, if none is begun before. */
  private schedule(at: number): void {
    if (this.running !== undefined || at >= this.beginsAt) return;
    clearTimeout(this.timer);
    this.beginsAt = at;
    const rest = at - performance.now();
    if (rest > 0) this.timer = after(rest, () => this.begin());
    else queueMicrotask(() => this.begin());
  }

  private begin(): void {
    if (this.running !== undefined) return;
    this.unschedule();
    const batch = this.queue.take(this.most);
    this.makeRoom();
    if (batch.length === 0) return;
    for (const one of batch) one.begin();
    this.running = this.answer(batch).then(() => {
      this.running = undefined;
      this.next();
    });
  }

  /** What is to be done when the model is free. */
  private next(): void {
    const due = this.queue.due();
    if (due === undefined) return;
    if (this.isClosed || this.queue.length >= this.most) this.begin();
    else this.schedule(due);
  }

  private async answer(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await runBatch(
        this.served,
        batch.map(({ request }) => request),
      );
      batch.forEach((one, row) => one.resolve(answers[row] as Answer));
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
    // Callers that ask again as soon as they are answered would else keep timers, signals and sockets from being heard.
    await breathe(undefined, 'batcher');
  }

  private leave(): void {
    this.queue.leave();
    if (this.queue.length === 0) this.unschedule();
    this.makeRoom();
  }

  /** A timer that nobody waits for would keep the process from ending. */
  private unschedule(): void {
    clearTimeout(this.timer);
    this.beginsAt = Infinity;
  }

  async room(): Promise<void> {
    if (this.isClosed) return;
    if (this.free > 0) this.keepPlace();
    else await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  /** Places that nobody has and nobody was told of. */
  private get free(): number {
    return this.capacity - this.queue.length - this.kept;
  }

  /** Keeps a place for one that was told of it, as long as its code goes on without a turn of the event loop. */
  private keepPlace(): void {
    if (this.kept++ > 0) return;
    void breathe(undefined, 'batcher').then(() => {
      this.kept = 0;
      this.makeRoom();
    });
  }

  /** Tells as many of those that wait as there are places, the first ones first; all of them once it is closed. */
  private makeRoom(): void {
    const woken = this.waiters.splice(0, this.isClosed ? Infinity : Math.max(0, this.free));
    for (const wake of woken) {
      this.keepPlace();
      wake();
    }
  }

  async close(options: { readonly drop?: boolean } = {}): Promise<void> {
    checkOptions<{ drop?: boolean }>(options, { drop: optionKinds.flag });
    const { drop = false } = options;
    this.isClosed = true;
    while (drop && this.queue.length > 0) {
      for (const one of this.queue.take(Infinity)) {
        one.begin();
        one.reject(closed());
      }
    }
    if (this.queue.length === 0) this.unschedule();
    if (this.running === undefined) this.next();
    while (this.running !== undefined) await this.running;
    this.makeRoom();
  }
}

function problem(code: ErrorCode, expected: string, got: string, cause?: unknown): OptimizeError {
  return new OptimizeError(code, { subject: 'request', expected, got, cause });
}

function cancelled(signal: AbortSignal | undefined): OptimizeError {
  return problem('aborted', 'to be answered', 'a request to stop', signal?.reason);
}

function late(deadlineMs: number): OptimizeError {
  return problem('batcher/deadline', `to be begun within ${deadlineMs} ms`, 'a model that was busy');
}

function closed(): OptimizeError {
  return problem('batcher/closed', 'a batcher that is open', 'one that was closed');
}
