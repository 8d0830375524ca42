import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { summarize } from '../../src/profile/aggregate.js';
import type { CallPlan } from '../../src/profile/attribution.js';
import type { CallTimes, KernelTime } from '../../src/profile/call.js';
import { MACHINE } from '../machine.js';
import { twins } from './models.js';

const PLAN: CallPlan = {
  kernels: [
    { node: 'first', kernel: 'Relu' },
    { node: 'second', kernel: 'Cast' },
    { node: 'second', kernel: 'Relu' },
    { node: 'y', kernel: 'Relu6' },
    { node: 'second', kernel: 'Relu' },
  ],
  between: new Map(),
  regions: new Map(),
};

/** A call of kernels as `[gap before, time in the kernel]`, `tail` ms of reading outputs at the end. */
function call(plan: CallPlan, times: readonly (readonly [number, number])[], tail: number): CallTimes {
  let at = 0;
  const kernels = times.map(([gap, inside], i): KernelTime => {
    const fromMs = at;
    at += gap + inside;
    return { kernel: plan.kernels[i]?.kernel ?? 'Identity', fromMs, startMs: fromMs + gap, endMs: at };
  });
  return { ms: at + tail, kernels };
}

const TIMES: readonly (readonly [number, number])[] = [
  [1, 2],
  [1, 3],
  [0, 4],
  [2, 1],
  [1, 5],
];
const CALL = call(PLAN, TIMES, 4);

describe('summarize', () => {
  it('gives a node its kernels and the time before each, turns of a loop summed up', () => {
    const found = summarize(twins(), PLAN, [25], [CALL], MACHINE);
    expect(found.nodes).to.deep.equal([
      { name: 'second', op: 'Relu', layer: 'second', kernels: ['Cast', 'Relu'], ms: 14, kernelMs: 12 },
      { name: 'first', op: 'Relu', layer: 'first', kernels: ['Relu'], ms: 3, kernelMs: 2 },
      { name: 'y', op: 'Relu6', layer: 'y', kernels: ['Relu6'], ms: 3, kernelMs: 1 },
    ]);
    expect(found.ops).to.deep.equal([
      { name: 'Relu', nodes: 2, ms: 17 },
      { name: 'Relu6', nodes: 1, ms: 3 },
    ]);
    expect([found.wholeMs, found.profiledMs, found.sumMs]).to.deep.equal([25, 24, 20]);
  });

  it('has nodes that run as one as one, whose time is that of all of their layers together', () => {
    const regions = new Map([['second', ['second', 'flat', 'back']]]);
    const found = summarize(twins(), { ...PLAN, regions }, [25], [CALL], MACHINE);
    expect(found.nodes[0]).to.deep.include({
      name: 'second',
      op: 'int8 region',
      layer: '3 layers, second to back',
      members: ['second', 'flat', 'back'],
      ms: 14,
    });
    expect(found.layers.map(({ name, ms }) => [name, ms])).to.deep.equal([
      ['3 layers, second to back', 14],
      ['first', 3],
      ['y', 3],
    ]);
    expect(found.ops[0]).to.deep.equal({ name: 'int8 region', nodes: 1, ms: 14 });
    expect(found.timeline[1]).to.include({ op: 'int8 region', layer: '3 layers, second to back' });
  });

  it('shows the turns of a loop one by one, end to end', () => {
    const { timeline } = summarize(twins(), PLAN, [25], [CALL], MACHINE);
    expect(timeline.map(({ name, startMs, ms }) => [name, startMs, ms])).to.deep.equal([
      ['first', 0, 3],
      ['second', 3, 8],
      ['y', 11, 3],
      ['second', 14, 6],
    ]);
  });

  it('gives what lies between kernels to nodes that compute in JavaScript, also behind the last kernel', () => {
    const plan: CallPlan = {
      kernels: PLAN.kernels.slice(0, 2),
      between: new Map([
        [1, ['flat', 'back']],
        [2, ['sum']],
      ]),
      regions: new Map(),
    };
    const times = call(
      plan,
      [
        [0, 1],
        [10, 2],
      ],
      7,
    );
    const { nodes, sumMs } = summarize(twins(), plan, [20], [times], MACHINE);
    expect(nodes.map(({ name, ms, kernelMs }) => [name, ms, kernelMs])).to.deep.equal([
      ['sum', 7, 0],
      ['flat', 5, 0],
      ['back', 5, 0],
      ['second', 2, 2],
      ['first', 1, 1],
    ]);
    expect(sumMs).to.equal(20);
  });

  it('is the mean of the middle half of the calls, so that disturbed ones do not count', () => {
    const scaled = (factor: number): CallTimes =>
      call(
        PLAN,
        TIMES.map(([gap, inside]) => [gap * factor, inside * factor]),
        0,
      );
    const calls = [900, 1, 3, 0.01, 2, 4, 5, 700].map(scaled);
    const found = summarize(twins(), PLAN, [1000, 30, 50, 20, 40], calls, MACHINE);
    // Quartiles cut 0.01 and 1 below, 700 and 900 above; what is left has a mean of 3.5.
    expect(found.profiledMs).to.be.closeTo(3.5 * 20, 1e-9);
    expect(found.nodes.find(({ name }) => name === 'y')?.ms).to.be.closeTo(3.5 * 3, 1e-9);
    expect(found.sumMs).to.be.closeTo(found.profiledMs, 1e-9);
    expect(found.wholeMs).to.equal(40);
    expect(found.calls).to.equal(8);
    // The fourth of eight by duration.
    expect(found.timeline[0]?.ms).to.equal(3 * 3);
  });

  it('lets outputs be cloned after a run and refuses any other kernel', async () => {
    const longer = call(PLAN, [...TIMES, [0, 1]], 0);
    expect(summarize(twins(), PLAN, [1], [longer], MACHINE).sumMs).to.equal(20);
    const other: CallTimes = {
      ms: CALL.ms,
      kernels: CALL.kernels.map((time, i) => (i === 3 ? { ...time, kernel: 'Tanh' } : time)),
    };
    const error = await expectCode('model/run', () => summarize(twins(), PLAN, [1], [CALL, other], MACHINE));
    expect(error.message).to.match(/Relu6 as number 4 of 5, got Tanh/);
    const shorter: CallTimes = { ms: 1, kernels: CALL.kernels.slice(0, 2) };
    await expectCode('model/run', () => summarize(twins(), PLAN, [1], [shorter], MACHINE));
  });
});
