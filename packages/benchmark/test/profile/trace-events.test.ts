import { expect } from 'chai';
import { traceEvents } from '../../src/profile/index.js';
import type { ProfileRecord } from '../../src/record/profile.js';
import { MACHINE } from '../machine.js';

const span = (name: string, startMs: number, ms: number) => ({
  name,
  op: name.split('/')[1] as string,
  layer: name.split('/')[0] as string,
  startMs,
  ms,
});

const PROFILE: ProfileRecord = {
  version: 1,
  machine: MACHINE,
  calls: 5,
  wholeMs: 4,
  profiledMs: 4,
  sumMs: 3.5,
  nodes: [],
  ops: [],
  layers: [],
  timeline: [span('conv/Conv2D', 0, 2), span('conv/Relu', 2, 0.5), span('pool/MaxPool', 2.5, 1)],
};

describe('traceEvents', () => {
  const file = traceEvents(PROFILE, 'lenet');

  it('is the JSON object form: complete events in microseconds and metadata, nothing else', () => {
    expect(JSON.parse(JSON.stringify(file))).to.deep.equal(file);
    for (const { ph, ts, dur, pid, tid, name, args } of file.traceEvents) {
      expect(['X', 'M']).to.include(ph);
      expect(pid).to.equal(1);
      expect([1, 2, 3]).to.include(tid);
      expect(name).to.be.a('string');
      expect(args).to.be.an('object');
      if (ph === 'X') expect([ts, dur]).to.satisfy((times: unknown[]) => times.every(Number.isFinite));
      else expect([ts, dur]).to.deep.equal([undefined, undefined]);
    }
  });

  it('names the process and a thread for every row', () => {
    const names = file.traceEvents
      .filter(({ name }) => name === 'process_name' || name === 'thread_name')
      .map(({ name, tid, args }) => [name, tid, args['name']]);
    expect(names).to.deep.equal([
      ['process_name', 1, 'lenet'],
      ['thread_name', 1, 'call'],
      ['thread_name', 2, 'layers'],
      ['thread_name', 3, 'nodes'],
    ]);
  });

  it('has the call, runs of nodes of a layer, and the nodes', () => {
    const events = file.traceEvents
      .filter(({ ph }) => ph === 'X')
      .map(({ tid, name, ts, dur }) => [tid, name, ts, dur]);
    expect(events).to.deep.equal([
      [1, 'lenet', 0, 3500],
      [2, 'conv', 0, 2500],
      [2, 'pool', 2500, 1000],
      [3, 'conv/Conv2D', 0, 2000],
      [3, 'conv/Relu', 2000, 500],
      [3, 'pool/MaxPool', 2500, 1000],
    ]);
  });

  it('has events that lie inside those of the row above', () => {
    const rows = [1, 2, 3].map((row) => file.traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === row));
    const end = (event: { readonly ts?: number; readonly dur?: number }) =>
      (event.ts as number) + (event.dur as number);
    rows.slice(1).forEach((row, i) => {
      for (const event of row) {
        const isInside = rows[i]?.some(
          (outer) => (outer.ts as number) <= (event.ts as number) && end(event) <= end(outer),
        );
        expect(isInside).to.equal(true);
      }
    });
  });
});
