import { expect } from 'chai';
import { plans, specsOf, type InputSpec } from '../../src/trace/dimensions.js';
import { combine, Varying, type Num } from '../../src/trace/numbers.js';
import { solve, type Expression } from '../../src/trace/sizes.js';

const h = new Varying([163, 172, 207]);
const w = new Varying([171, 188, 261]);
const solved = (f: (...sizes: number[]) => number, ...sizes: Varying[]): Expression | undefined => {
  const target: Num = combine(sizes, f);
  if (!(target instanceof Varying)) throw new Error('the target does not vary');
  return solve(target, sizes);
};

describe('trace: sizes as expressions of other sizes', () => {
  it('finds sums, multiples, quotients rounded either way, products and differences', () => {
    expect(solved((x) => 3 * x - 2, h)).to.deep.equal({ kind: 'affine', x: 0, times: 3, plus: -2 });
    expect(solved((x) => Math.floor(x / 2), h)).to.deep.equal({
      kind: 'quotient',
      x: 0,
      by: 2,
      up: false,
      plus: 0,
    });
    expect(solved((x) => Math.ceil(x / 4) + 1, h)).to.deep.equal({
      kind: 'quotient',
      x: 0,
      by: 4,
      up: true,
      plus: 1,
    });
    expect(solved((x, y) => 2 * x * y, h, w)).to.deep.equal({ kind: 'product', x: 0, y: 1, times: 2 });
    expect(solved((x, y) => x - y + 7, h, w)).to.deep.equal({ kind: 'sum', x: 0, y: 1, sign: -1, plus: 7 });
    expect(solved((x, y) => x * x * y, h, w)).to.deep.equal({ kind: 'product3', x: 0, y: 0, z: 1, times: 1 });
  });

  it('tells halving and rounding from halving exactly', () => {
    const halved = solved((x) => Math.floor((x - 1) / 2), h);
    expect(halved).to.not.deep.equal({ kind: 'quotient', x: 0, by: 2, up: false, plus: 0 });
  });

  it('finds nothing where nothing fits', () => {
    expect(solved((x) => Math.floor(Math.sqrt(x)), h)).to.equal(undefined);
    expect(solved((x) => x % 7, h)).to.equal(undefined);
  });
});

describe('trace: sizes to trace at', () => {
  const input = (name: string, ...shape: (number | string)[]): InputSpec => ({
    name,
    dtype: 'float32',
    shape,
  });

  it('traces once per size where nothing is unknown', () => {
    expect(plans([input('a', 2, 3)])).to.deep.equal([new Map()]);
  });

  it('gives independent dimensions different sizes first, then ties as few as possible', () => {
    const inputs = [input('a', 'batch', '0:1'), input('b', 'batch', '1:1')];
    const [apart, tied] = plans(inputs).map((plan) => [0, 1, 2].map((k) => specsOf(inputs, plan, k)));
    for (const [a, b] of apart ?? []) expect(a?.shape[1]).to.not.equal(b?.shape[1]);
    for (const [a, b] of tied ?? []) expect(a?.shape).to.deep.equal(b?.shape);
  });

  it('never uses a size twice within a trace, and changes every size between traces', () => {
    const names = ['0:1', '0:2', '0:3', '1:0', '1:1'];
    for (const shape of [names.slice(0, 3), names]) {
      const [plan] = plans([input('a', 'batch', ...shape)]);
      const sizes = [...(plan ?? new Map<string, number[]>()).values()];
      for (const k of [0, 1, 2]) expect(new Set(sizes.map((at) => at[k])).size).to.equal(sizes.length);
      for (const at of sizes) expect(new Set(at).size).to.equal(3);
    }
  });

  it('tries multiples of 32 last', () => {
    const all = plans([input('a', 'batch', '0:1', '0:2', 3)]);
    const last = all.at(-1)?.get('0:1') ?? [];
    expect(last.every((size) => size % 32 === 0)).to.equal(true);
    expect(all).to.have.length(4);
  });

  it('stays bounded with many unknown dimensions', () => {
    const many = Array.from({ length: 12 }, (_, i) => input(`x${i}`, 'batch', `${i}:1`));
    expect(plans(many).length).to.be.at.most(6);
  });
});
