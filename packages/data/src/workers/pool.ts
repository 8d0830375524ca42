import { OptimizeError } from '@tfjs-optimize/core/plain';
import { checkCopied } from '../dataset.js';
import { namesOf, SampleError, type Task } from '../loader/read.js';
import { alone, fieldOf, type BatchFields, type FieldValue } from '../sample.js';
import { isShared } from '../sources/shared.js';
import type { Start, Thread } from './port.js';
import { fromWire, type Response, type Setup } from './wire.js';

/** A batch that is asked for. */
interface Job {
  readonly id: number;
  readonly task: Task;
  /** Workers that ended over it. */
  deaths: number;
  /** The sample that its worker began with last, where that is watched. */
  at: number | undefined;
  resolve(fields: BatchFields): void;
  reject(error: unknown): void;
}

/** A worker and what it has to do, in the order in which it does it. */
interface Slot {
  readonly thread: Thread;
  readonly jobs: Map<number, Job>;
  /** Set when it is gone, or cannot work: the next batch starts another in its place. */
  isOver: boolean;
}

/** Over how many workers a batch may bring death. */
const DEATHS = 2;

/**
 * Workers that make batches. One that ends is replaced, and does again what it had not finished; where the same batch
 * ends two of them, that batch fails.
 */
export class Pool {
  private readonly slots: Slot[] = [];
  private nextId = 1;
  private isEnding = false;
  private isHeld = false;

  /** Starts `count` workers. */
  constructor(
    private readonly start: Start,
    private readonly setup: Setup,
    count: number,
  ) {
    for (let i = 0; i < count; i++) this.slots.push(this.startSlot());
  }

  /**
   * Makes a batch on the worker that has least to do.
   * @throws what samples and batches throw; `data/worker`.
   */
  make(task: Task): Promise<BatchFields> {
    return new Promise((resolve, reject) => {
      this.give({ id: this.nextId++, task: parcelOf(task), deaths: 0, at: undefined, resolve, reject });
    });
  }

  /** Whether the process is to live as long as workers do. */
  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    this.isHeld = isHeld;
    for (const { thread } of this.slots) thread.hold(isHeld);
  }

  /** Lets workers leave what was asked for so far; what they have made of it is dropped. */
  giveUp(): void {
    for (const { thread, jobs } of this.slots) {
      thread.send({ wanted: this.nextId });
      jobs.clear();
    }
  }

  /** Ends all workers and waits until they are gone. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.giveUp();
    await Promise.all(this.slots.map(({ thread }) => thread.end()));
  }

  private give(job: Job): void {
    const slot = this.slots.reduce((least, each) => (each.jobs.size < least.jobs.size ? each : least));
    send(slot.isOver ? this.restart(slot) : slot, job);
  }

  private restart(slot: Slot): Slot {
    const fresh = this.startSlot();
    this.slots[this.slots.indexOf(slot)] = fresh;
    return fresh;
  }

  private startSlot(): Slot {
    const thread = this.start({
      hear: (response) => this.hear(slot, response),
      over: (how) => this.replace(slot, how),
    });
    const slot: Slot = { thread, jobs: new Map(), isOver: false };
    thread.hold(this.isHeld);
    try {
      thread.send({ setup: this.setup });
    } catch (error) {
      void thread.end();
      checkCopied(this.setup, 'source of the data set');
      throw error;
    }
    return slot;
  }

  private hear(slot: Slot, response: Response): void {
    if ('failed' in response) {
      const jobs = [...slot.jobs.values()];
      slot.jobs.clear();
      slot.isOver = true;
      void slot.thread.end();
      for (const job of jobs) job.reject(fromWire(response.failed));
      return;
    }
    const job = slot.jobs.get(response.id);
    if (job === undefined) return; // given up meanwhile
    if ('at' in response) {
      job.at = response.at;
      return;
    }
    slot.jobs.delete(response.id);
    if ('error' in response) job.reject(fromWire(response.error));
    else if (response.fields !== undefined) job.resolve(response.fields);
  }

  /** Puts a new worker in the place of one that ended, with its work; the batch that it was at is tried once more. */
  private replace(slot: Slot, how: string): void {
    slot.isOver = true;
    const [first, ...others] = slot.jobs.values();
    if (this.isEnding || first === undefined) return;
    first.deaths++;
    const isLost = first.deaths >= DEATHS;
    const again = isLost ? others : [first, ...others];
    if (again.length > 0) {
      const fresh = this.restart(slot);
      for (const job of again) send(fresh, job);
    }
    if (isLost) first.reject(deathOf(first, how));
  }
}

/** The task without what its samples do not use of the memory that they are views of. */
function parcelOf(task: Task): Task {
  if (task.samples === undefined) return task;
  const pack = (value: FieldValue): FieldValue => {
    const field = fieldOf(value);
    if (field === undefined) return value; // a number or text, or what is refused where it is stacked
    const values = isShared(field.values) ? field.values : alone(field.values);
    return ArrayBuffer.isView(value) ? values : { values, shape: field.shape };
  };
  const samples = task.samples.map((sample) => {
    if (typeof sample !== 'object' || sample === null) return sample; // refused where it is stacked
    return Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, pack(value)] as const));
  });
  return { ...task, samples };
}

function send({ thread, jobs }: Slot, job: Job): void {
  job.at = undefined;
  try {
    thread.send({ id: job.id, task: job.task, isWatched: job.deaths > 0 });
  } catch (error) {
    checkCopied(job.task, `batch of samples ${namesOf(job.task.indices)}`);
    throw error;
  }
  jobs.set(job.id, job);
}

/** The error of a batch that ended its workers. */
function deathOf({ task, at }: Job, how: string): OptimizeError {
  const death = new OptimizeError('data/worker', {
    subject: at === undefined ? 'a worker that starts' : 'its worker',
    expected: 'a worker that lives',
    got: `${DEATHS} that ended, the last with ${how}, in the batch of samples ${namesOf(task.indices)}`,
    advice: `Run it with workers: 0 to see what ends it${at === undefined ? "; in a browser the option 'worker' starts one whose script is found" : ''}`,
  });
  return at === undefined ? death : new SampleError(at, death);
}
