// Who may use a core. A script by itself shares the cores of the machine among its own jobs; a script that
// scripts/ci.mjs has started asks there, over the channel between the two, so that all steps share them.
import * as os from 'node:os';

/**
 * @typedef {object} Job
 * @property {string} title
 * @property {number} [seconds] how long it takes, roughly: the longest of those that wait begins first
 * @property {boolean} [alone] true when nothing else may run beside it: begins when nothing else waits
 */

/** So many jobs at a time. */
export class Lanes {
  #count;
  #free;
  #waiting = [];

  constructor(count) {
    this.#count = count;
    this.#free = count;
  }

  /**
   * @param {Job} job
   * @returns {Promise<() => void>} resolves when it may begin; call the function when it has ended.
   */
  take(job) {
    return new Promise((resolve) => {
      this.#waiting.push({ job, resolve });
      this.#next();
    });
  }

  #next() {
    const together = this.#waiting.filter(({ job }) => !job.alone);
    const among = together.length > 0 ? together : this.#waiting;
    const [first] = among.toSorted((a, b) => (b.job.seconds ?? 0) - (a.job.seconds ?? 0));
    const wanted = first?.job.alone ? this.#count : 1;
    if (first === undefined || wanted > this.#free) {
      return;
    }
    this.#waiting = this.#waiting.filter((each) => each !== first);
    this.#free -= wanted;
    first.resolve(() => {
      this.#free += wanted;
      this.#next();
    });
    this.#next();
  }
}

/** Lanes of the process that started this one. */
class LanesAbove {
  #begin = new Map();
  #asked = 0;
  #answer = ({ begin }) => {
    this.#begin.get(begin)();
    this.#begin.delete(begin);
    if (this.#begin.size === 0) {
      process.off('message', this.#answer); // which would keep this process alive
    }
  };

  async take({ title, seconds, alone }) {
    const id = this.#asked++;
    await new Promise((resolve) => {
      if (this.#begin.size === 0) {
        process.on('message', this.#answer);
      }
      this.#begin.set(id, resolve);
      process.send({ take: id, job: { title, seconds, alone } });
    });
    return () => process.send({ end: id });
  }
}

/**
 * Answers a process that asks for lanes, until it ends. What it then still holds is free again.
 * @param {(job: Job, seconds: number) => void} onEnd told of every job that has ended
 */
export function serve(child, lanes, onEnd) {
  const held = new Map();
  child.on('message', async ({ take, end, job }) => {
    if (end !== undefined) {
      held.get(end)();
      held.delete(end);
      return;
    }
    const release = await lanes.take(job);
    const started = performance.now();
    if (!child.connected) {
      release();
      return;
    }
    held.set(take, () => {
      release();
      onEnd(job, (performance.now() - started) / 1000);
    });
    child.send({ begin: take });
  });
  child.on('exit', () => held.forEach((end) => end()));
}

export const lanes = process.send === undefined ? new Lanes(os.availableParallelism()) : new LanesAbove();

/** Runs `work` when a core is free for it. */
export async function inLane(job, work) {
  const end = await lanes.take(job);
  try {
    return await work();
  } finally {
    end();
  }
}

/** `items` through `work`, as many at a time as there are cores; results in the order of the items. */
export function inLanes(items, jobOf, work) {
  return Promise.all(items.map((item, index) => inLane(jobOf(item), () => work(item, index))));
}
