import { builtIn, fail, fileBeside } from '@tfjs-optimize/core/plain';
import type * as worker_threads from 'node:worker_threads';
import type { Task } from '../loader/read.js';
import type { BatchFields } from '../sample.js';
import { AT, fromWire, WANTED, type Request, type Response, type Setup, type WorkerData } from './wire.js';

/** A batch that is asked for. */
interface Job {
  readonly id: number;
  readonly task: Task;
  /** Workers that ended over it. */
  deaths: number;
  resolve(fields: BatchFields): void;
  reject(error: unknown): void;
}

/** A thread and what it has to do, in the order in which it does it. */
interface Slot {
  readonly worker: worker_threads.Worker;
  readonly jobs: Map<number, Job>;
  readonly control: Int32Array;
  /** What it came to before it ended, in words. */
  complaint: string | undefined;
  /** Set when it is gone, or cannot work: the next batch starts another in its place. */
  isOver: boolean;
}

/** Over how many workers a batch may bring death. */
const DEATHS = 2;

/**
 * Threads that make batches. One that ends is replaced, and does again what it had not finished; where the same batch
 * ends two of them, that batch fails.
 */
export class Pool {
  private readonly slots: Slot[] = [];
  private nextId = 1;
  private isEnding = false;
  private isHeld = false;

  private constructor(
    private readonly Worker: typeof worker_threads.Worker,
    private readonly file: string,
    private readonly setup: Setup,
  ) {}

  /** Starts `count` threads, which hold no process that waits for none of them. */
  static async start(count: number, setup: Setup): Promise<Pool> {
    const { Worker } = await builtIn('worker_threads');
    const pool = new Pool(Worker, await fileBeside('worker'), setup);
    for (let i = 0; i < count; i++) pool.slots.push(pool.startSlot());
    return pool;
  }

  /**
   * Makes a batch on the worker that has least to do.
   * @throws what samples and batches throw; `data/worker`.
   */
  make(task: Task): Promise<BatchFields> {
    return new Promise((resolve, reject) => {
      this.give({ id: this.nextId++, task, deaths: 0, resolve, reject });
    });
  }

  /** Whether the process is to live as long as workers do. */
  hold(isHeld: boolean): void {
    if (isHeld === this.isHeld) return;
    this.isHeld = isHeld;
    for (const { worker } of this.slots) hold(worker, isHeld);
  }

  /** Lets workers leave what was asked for so far; what they have made of it is dropped. */
  giveUp(): void {
    for (const { jobs, control } of this.slots) {
      Atomics.store(control, WANTED, this.nextId);
      jobs.clear();
    }
  }

  /** Ends all threads and waits until they are gone. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.giveUp();
    await Promise.all(this.slots.map(({ worker }) => worker.terminate()));
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
    const control = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    control[AT] = -1;
    const workerData: WorkerData = { setup: this.setup, control };
    const worker = new this.Worker(this.file, { workerData, ...ownOptions() });
    hold(worker, this.isHeld);
    const slot: Slot = { worker, jobs: new Map(), control, complaint: undefined, isOver: false };
    worker.on('message', (response: Response) => this.hear(slot, response));
    worker.on('error', (error) => (slot.complaint = error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.replace(slot, code));
    return slot;
  }

  private hear(slot: Slot, response: Response): void {
    if ('failed' in response) {
      const jobs = [...slot.jobs.values()];
      slot.jobs.clear();
      slot.isOver = true;
      void slot.worker.terminate();
      for (const job of jobs) job.reject(fromWire(response.failed));
      return;
    }
    const job = slot.jobs.get(response.id);
    if (job === undefined) return; // given up meanwhile
    slot.jobs.delete(response.id);
    if ('error' in response) job.reject(fromWire(response.error));
    else if (response.fields !== undefined) job.resolve(response.fields);
  }

  /** Puts a new thread in the place of one that ended, with its work; the batch that it was at is tried once more. */
  private replace(slot: Slot, code: number): void {
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
    if (isLost) first.reject(deathOf(slot, first, code));
  }
}

/**
 * Workers inherit the options of Node.js that this process was started with, of which they refuse one: that tells in what
 * form a program of the command line is written.
 */
function ownOptions(): { readonly execArgv?: string[] } {
  if (!process.execArgv.some((each) => each.startsWith('--input-type'))) return {};
  const isProgram = (each: string | undefined): boolean => /^(-e|--eval|-p|--print|-pe)$/.test(each ?? '');
  const kept = process.execArgv.filter((each, i, all) => {
    return !isProgram(each) && !isProgram(all[i - 1]) && !each.startsWith('--input-type');
  });
  return { execArgv: kept };
}

function send({ worker, jobs }: Slot, job: Job): void {
  jobs.set(job.id, job);
  worker.postMessage({ id: job.id, task: job.task } satisfies Request);
}

function hold(worker: worker_threads.Worker, isHeld: boolean): void {
  if (isHeld) worker.ref();
  else worker.unref();
}

/** The error of a batch that ended its workers. */
function deathOf({ control, complaint }: Slot, { task }: Job, code: number): unknown {
  const sample = Atomics.load(control, AT);
  const where = sample < 0 ? 'a worker that starts' : `sample ${sample}`;
  try {
    return fail('data/worker', {
      subject: where,
      expected: 'a worker thread that lives',
      got: `${DEATHS} that ended, the last with ${complaint ?? `exit status ${code}`}, in the batch of samples ${[...task.indices].slice(0, 8).join(', ')}${task.indices.length > 8 ? ', …' : ''}`,
      advice: 'Run it with workers: 0 to see what ends it',
    });
  } catch (error) {
    return error;
  }
}
