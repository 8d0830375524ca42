import { loader } from '@tfjs-optimize/data';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { webWorkers } from '../../src/workers/web-workers.js';
import { all, numbered } from '../support/samples.js';

/** A Web Worker that does nothing by itself. */
class Double extends EventTarget {
  readonly posted: unknown[] = [];
  isTerminated = false;

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Sends the page an event. */
  send(type: string, properties: object): Event {
    const event = Object.assign(new Event(type, { cancelable: true }), properties);
    this.dispatchEvent(event);
    return event;
  }
}

/** A double, and what was heard of it. */
function started() {
  const double = new Double();
  const heard: unknown[] = [];
  const thread = webWorkers(() => double as unknown as Worker)({
    hear: (response) => heard.push(response),
    over: (how) => heard.push(how),
  });
  return { double, heard, thread };
}

describe('Web Workers, by a double', () => {
  it('passes messages on, also where there are no locks', async () => {
    const { double, heard, thread } = started();
    double.send('message', { data: { lock: undefined } });
    thread.send({ wanted: 3 });
    double.send('message', { data: { id: 1, at: 2 } });
    expect(double.posted).to.deep.equal([{ wanted: 3 }]);
    expect(heard).to.deep.equal([{ id: 1, at: 2 }]);
    await thread.end();
    expect(double.isTerminated).to.equal(true);
  });

  for (const [type, properties, how] of [
    ['error', { message: 'Uncaught Error: no' }, 'Uncaught Error: no'],
    ['error', {}, 'a script that does not load'],
    ['error', { message: '' }, 'a script that does not load'],
    ['messageerror', {}, 'a message that cannot be read'],
  ] as const) {
    it(`ends one with ${type} ${JSON.stringify(properties)}, once`, () => {
      const { double, heard } = started();
      const event = double.send(type, properties);
      double.send('error', { message: 'another' });
      double.send('message', { data: { id: 1, at: 2 } });
      expect(heard).to.deep.equal([how]);
      expect(double.isTerminated).to.equal(true);
      expect(event.defaultPrevented).to.equal(type === 'error');
    });
  }

  it('is what a loader starts when it is given workers, and says so where none starts', async () => {
    const worker = (): Worker => {
      throw new TypeError('none here');
    };
    const error = await expectCode('data/worker', () => all(loader(numbered(4), { workers: 1, worker })));
    expect(error.message).to.match(/^a worker that starts: .*none here.*option 'worker'/);
    await expectCode('argument/invalid', () => loader(numbered(4), { worker: 'worker.js' as never }));
  });
});
