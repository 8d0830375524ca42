import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import type { Task } from '../../src/loader/read.js';
import { Pool } from '../../src/workers/pool.js';
import type { Hearing, Start } from '../../src/workers/port.js';
import { toWire, type Message, type Request } from '../../src/workers/wire.js';

/** A worker that does nothing by itself. */
class Double {
  readonly told: Message[] = [];
  isEnded = false;
  isHeld = false;

  constructor(readonly hearing: Hearing) {}

  get requests(): Request[] {
    return this.told.filter((message): message is Request => 'task' in message);
  }

  /** Answers the request of that place. */
  answer(at: number): void {
    const { id, task } = this.requests[at] as Request;
    this.hearing.hear({ id, fields: { x: { values: Float32Array.from(task.indices), shape: [2] } } });
  }
}

describe('pool of workers', () => {
  const made: Double[] = [];
  const start: Start = (hearing) => {
    const double = new Double(hearing);
    made.push(double);
    return {
      send: (message) => double.told.push(message),
      hold: (isHeld) => (double.isHeld = isHeld),
      end: async () => {
        double.isEnded = true;
      },
    };
  };
  const setup = { source: undefined, types: {}, transforms: [], collate: undefined, seed: 1 };
  const task = (...indices: number[]): Task => ({ epoch: 0, indices: Int32Array.from(indices) });
  const valuesOf = async (batch: ReturnType<Pool['make']>): Promise<number[]> => [
    ...((await batch)['x']?.values as Float32Array),
  ];
  const at = (i: number): Double => made[i] as Double;

  beforeEach(() => made.splice(0));

  it('tells each worker of the data set first, and gives a batch to the one that has least to do', async () => {
    const pool = new Pool(start, setup, 2);
    const batches = [task(0, 1), task(2, 3), task(4, 5)].map((each) => pool.make(each));
    expect(made.map(({ told }) => told[0])).to.deep.equal([{ setup }, { setup }]);
    expect(made.map(({ requests }) => requests.map(({ task: { indices } }) => [...indices]))).to.deep.equal([
      [
        [0, 1],
        [4, 5],
      ],
      [[2, 3]],
    ]);
    at(1).answer(0);
    expect(await valuesOf(batches[1] as (typeof batches)[0])).to.deep.equal([2, 3]);
    const last = pool.make(task(6, 7));
    at(1).answer(1);
    expect(await valuesOf(last)).to.deep.equal([6, 7]);
  });

  it('sends of samples of a stream no more than their own bytes, and shared memory as it is', () => {
    const pool = new Pool(start, setup, 1);
    const all = Float32Array.from({ length: 1000 }, (_, i) => i);
    const common = new Uint8Array(new SharedArrayBuffer(100)).subarray(10, 12);
    const whole = Int32Array.of(1);
    const samples = [
      { x: all.subarray(4, 6), field: { values: all.subarray(8, 10), shape: [2, 1] } },
      { b: Buffer.from('abc'), common, whole, text: 'a', number: 1 },
    ];
    void pool.make({ ...task(0, 1), samples });
    const sent = (at(0).requests[0] as Request).task.samples as typeof samples;
    const [first, second] = sent as unknown as [
      { x: Float32Array; field: { values: Float32Array } },
      { b: Uint8Array; common: Uint8Array; whole: Int32Array },
    ];
    for (const { byteLength, buffer } of [first.x, first.field.values, second.b]) {
      expect(buffer.byteLength).to.equal(byteLength);
    }
    expect([...first.x, ...first.field.values, ...second.b]).to.deep.equal([4, 5, 8, 9, 97, 98, 99]);
    expect(second).to.include({ common, whole, text: 'a', number: 1 });
  });

  it('ends a worker that cannot be told of its data set', async () => {
    const mute: Start = (hearing) => ({
      ...start(hearing),
      send: (message) => void structuredClone(message),
    });
    const source = { kind: 'module', module: 'a', options: () => 1 } as const;
    const error = await expectCode('argument/invalid', () => new Pool(mute, { ...setup, source }, 2));
    expect(error.message).to.match(/^source of the data set: /);
    expect(made.map(({ isEnded }) => isEnded)).to.deep.equal([true]);
  });

  it('does again what a worker that ended had to do, its first batch watched', async () => {
    const pool = new Pool(start, setup, 1);
    pool.hold(true);
    const batches = [task(0, 1), task(2, 3)].map((each) => pool.make(each));
    at(0).hearing.over('a double');
    expect(at(1).isHeld).to.equal(true);
    expect(at(0).requests.map(({ isWatched }) => isWatched)).to.deep.equal([false, false]);
    expect(at(1).requests.map(({ isWatched }) => isWatched)).to.deep.equal([true, false]);
    at(1).answer(0);
    at(1).answer(1);
    expect(await Promise.all(batches.map(valuesOf))).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
  });

  it('gives up the batch that ends two, naming the sample, and no other', async () => {
    const pool = new Pool(start, setup, 1);
    const batches = [task(4, 5), task(6, 7)].map((each) => pool.make(each));
    at(0).hearing.over('a first end');
    at(1).hearing.hear({ id: (at(1).requests[0] as Request).id, at: 5 });
    at(1).hearing.over('a second end');
    const error = await expectCode('data/worker', () => batches[0]);
    expect(error.message).to.match(/^sample 5: .*the last with a second end, in the batch of samples 4, 5/);
    at(2).answer(0);
    expect(await valuesOf(batches[1] as (typeof batches)[0])).to.deep.equal([6, 7]);
  });

  it('replaces one that cannot work when there is work again', async () => {
    const pool = new Pool(start, setup, 1);
    const batch = pool.make(task(0, 1));
    at(0).hearing.hear({ failed: toWire(new TypeError('cannot be opened')) });
    expect(await batch.catch((error: unknown) => (error as Error).message)).to.equal('cannot be opened');
    expect(made.map(({ isEnded }) => isEnded)).to.deep.equal([true]);
    void pool.make(task(0, 1));
    expect(made.map(({ requests }) => requests.length)).to.deep.equal([1, 1]);
  });

  it('tells workers what nobody wants any more, drops what they make of it, and ends them', async () => {
    const pool = new Pool(start, setup, 2);
    let isMade = false;
    void pool.make(task(0, 1)).then(() => (isMade = true));
    pool.giveUp();
    const next = pool.make(task(2, 3));
    const [old, fresh] = at(0).requests as [Request, Request];
    expect(at(0).told.filter((message) => 'wanted' in message)).to.deep.equal([{ wanted: fresh.id }]);
    expect(old.id).to.be.below(fresh.id);
    at(0).answer(0);
    at(0).answer(1);
    expect(await valuesOf(next)).to.deep.equal([2, 3]);
    expect(isMade).to.equal(false);
    await pool.end();
    expect(made.map(({ isEnded }) => isEnded)).to.deep.equal([true, true]);
    at(0).hearing.over('its end');
    expect(made).to.have.length(2);
  });
});
