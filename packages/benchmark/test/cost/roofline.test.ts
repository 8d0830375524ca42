import * as tf from '@tensorflow/tfjs';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import { layerLimits, measureRoofline } from '../../src/cost/index.js';
import { ROOFLINE, type CostRecord, type NodeCostRecord } from '../../src/record/cost.js';
import type { ProfileRecord } from '../../src/record/profile.js';
import { MACHINE } from '../machine.js';

const QUICK = { timeMs: 1, warmUpMs: 0, bufferBytes: 4096, maxSide: 32 };

describe('measureRoofline', () => {
  before(() => tf.setBackend('cpu'));

  it('gives rates above 0 with the machine, tells of its progress and leaves no tensors behind', async () => {
    const tasks = new Set<string>();
    const found = await measureRoofline({ ...QUICK, progress: ({ task }) => tasks.add(task) });
    expect(v.is(ROOFLINE, found)).to.equal(true);
    expect(found.flopsPerSecond).to.be.above(0);
    expect(found.bytesPerSecond).to.be.above(0);
    expect(found.machine.backend).to.equal('cpu');
    expect([...tasks]).to.deep.equal(['roofline']);
    await expectNoLeak(() => measureRoofline(QUICK));
  });

  it('refuses sizes that are none, and stops when asked to without leaving tensors behind', async () => {
    for (const bad of [{ maxSide: 0 }, { bufferBytes: -1 }, { timeMs: NaN }, { maxSide: 100.5 }]) {
      await expectCode('argument/invalid', () => measureRoofline({ ...QUICK, ...bad }));
    }
    await expectCode('aborted', () => measureRoofline({ signal: AbortSignal.abort() }));
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const progress = (): void => stop.abort();
    await expectCode('aborted', () => measureRoofline({ ...QUICK, signal: stop.signal, progress }));
    expect(tf.memory().numTensors).to.equal(before);
  });
});

const node = (layer: string, flops: number, movedBytes: number): NodeCostRecord => ({
  name: `${layer}/${flops}`,
  op: 'Conv2D',
  layer,
  parameters: 0,
  macs: flops / 2,
  flops,
  activationBytes: 0,
  movedBytes,
});

describe('layerLimits', () => {
  it('holds each layer against the rates, node after node', () => {
    // 1 ms is 1e6 operations and 1e5 bytes.
    const roofline = { machine: MACHINE, flopsPerSecond: 1e9, bytesPerSecond: 1e8 };
    const nodes = [
      // 4 ms of arithmetic and 1 ms of data, then 0.1 and 2.
      node('conv', 4e6, 1e5),
      node('conv', 1e5, 2e5),
      node('relu', 1e5, 4e5),
      node('flat', 0, 0),
      node('unseen', 1e6, 0),
      { ...node('boxes', 1e5, 1e5), uncounted: 'its work depends on values' },
      node('boxes', 1e5, 1e5),
      // Of which the region below has a part.
      node('dense', 1e6, 0),
      node('dense', 2e6, 0),
    ];
    const layers = [
      { name: 'conv', nodes: 2, ms: 12 },
      { name: 'relu', nodes: 1, ms: 2 },
      { name: 'flat', nodes: 1, ms: 1 },
      { name: 'unknown', nodes: 1, ms: 1 },
      { name: 'boxes', nodes: 2, ms: 1 },
      { name: 'dense', nodes: 1, ms: 1 },
    ];
    const found = layerLimits(
      { nodes } as unknown as CostRecord,
      {
        layers,
        nodes: [{ layer: '2 layers, other to dense', members: ['dense/1000000'] }],
      } as unknown as ProfileRecord,
      roofline,
    );
    expect(found).to.deep.equal([
      { name: 'conv', ms: 12, limitMs: 6, reached: 0.5, bound: 'arithmetic' },
      { name: 'relu', ms: 2, limitMs: 4, reached: 2, bound: 'memory' },
    ]);
  });
});
