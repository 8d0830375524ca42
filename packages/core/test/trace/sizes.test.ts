import { expect } from 'chai';
import { plans, specsOf, type InputSpec } from '../../src/trace/dimensions.js';
import { combine, Varying, type Num } from '../../src/trace/numbers.js';
import { AskForSize, SizeSolver } from '../../src/trace/size-solver.js';
import type { Expression } from '../../src/trace/sizes.js';

/** A number as code computes it from sizes. */
type Formula = (...sizes: number[]) => number;

const solver = (dimensions: readonly Varying[]): SizeSolver =>
  new SizeSolver(
    dimensions.map((size, i) => ({ size, names: [String(i)], step: 1, failed: new Set<number>() })),
  );

/** Solves a number, with as many more traces as the solver asks for, and counts them. */
function solved(f: Formula, ...base: number[][]): { expression: Expression | undefined; asked: number } {
  const sizes = base.map((at) => [...at]);
  for (let asked = 0; asked < 400; asked++) {
    const dimensions = sizes.map((at) => new Varying(at));
    const target: Num = combine(dimensions, f);
    if (!(target instanceof Varying)) throw new Error('the target does not vary');
    try {
      return { expression: solver(dimensions).solve(target, dimensions), asked };
    } catch (error) {
      if (!(error instanceof AskForSize)) throw error;
      const varied = Number(error.dimension.names[0]);
      sizes.forEach((at, i) => at.push(i === varied ? error.size : (at[0] as number)));
    }
  }
  throw new Error('no end of asking');
}

function valueOf(e: Expression | undefined, ...sizes: number[]): number {
  const x = e === undefined ? NaN : (sizes[e.x] as number);
  if (e?.kind === 'affine') return e.times * x + e.plus;
  if (e?.kind === 'quotient') return Math.floor((x + e.offset) / e.by) + e.plus;
  return NaN;
}

const BATCH = [5, 8, 9];
const LENGTH = [37, 160, 63];
const h = [163, 224, 207];
const w = [171, 352, 261];

describe('trace: sizes as expressions of other sizes', () => {
  it('finds sums, multiples, products and differences without more traces', () => {
    const found = (f: Formula, ...sizes: number[][]): Expression | undefined => {
      const { expression, asked } = solved(f, ...sizes);
      expect(asked).to.equal(0);
      return expression;
    };
    expect(found((x) => 3 * x - 2, h)).to.deep.equal({ kind: 'affine', x: 0, times: 3, plus: -2 });
    expect(found((x, y) => 2 * x * y, h, w)).to.deep.equal({ kind: 'product', x: 0, y: 1, times: 2 });
    expect(found((x, y) => x - y + 7, h, w)).to.deep.equal({ kind: 'sum', x: 0, y: 1, sign: -1, plus: 7 });
    expect(found((x, y) => x * x * y, h, w)).to.deep.equal({ kind: 'product3', x: 0, y: 0, z: 1, times: 1 });
  });

  const roundings = {
    floor: Math.floor,
    ceil: Math.ceil,
    round: Math.round,
  };
  for (const [name, rounding] of Object.entries(roundings)) {
    it(`finds every ${name} of x / c + b, from the traces of batches, lengths and images`, function () {
      this.timeout(60_000);
      for (const c of [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 25, 32, 100, 160, 256, 500]) {
        for (const base of [BATCH, LENGTH, h]) {
          const f: Formula = (x) => rounding(x / c) + (c % 3) - 1;
          const [first] = base;
          if (base.every((x) => f(x) === f(first as number))) continue;
          const { expression, asked } = solved(f, base);
          for (let x = 1; x < 5000; x++) {
            if (valueOf(expression, x) !== f(x))
              expect.fail(`${name}(x / ${c}) at ${x}: ${JSON.stringify(expression)}`);
          }
          expect(asked, `traces for a division by ${c}`).to.be.at.most(40);
        }
      }
    });
  }

  it('finds windows of any size and stride', () => {
    const windows: Formula = (x) => Math.floor((x - 25) / 10) + 1;
    const { expression } = solved(windows, h);
    for (let x = 1; x < 5000; x++) expect(valueOf(expression, x)).to.equal(windows(x));
  });

  it('tells dimensions apart whose quotients agree', () => {
    const { expression } = solved((_, y) => Math.ceil(y / 32), [30, 64, 90], [31, 60, 91]);
    expect(expression).to.deep.equal({ kind: 'quotient', x: 1, by: 32, offset: 31, plus: 0 });
  });

  it('finds quotients of sizes that are no input sizes', () => {
    const sizes = [...LENGTH];
    const f: Formula = (n) => Math.ceil((3 * n + 1) / 8);
    for (;;) {
      const dimension = new Varying([...sizes]);
      const triple = combine([dimension], (n) => 3 * n + 1) as Varying;
      try {
        const found = solver([dimension]).solve(combine([dimension], f) as Varying, [dimension, triple]);
        for (let n = 1; n < 500; n++) {
          expect(found?.x).to.equal(1);
          expect(valueOf(found, n, 3 * n + 1)).to.equal(f(n));
        }
        return;
      } catch (error) {
        if (!(error instanceof AskForSize)) throw error;
        sizes.push(error.size);
      }
    }
  });

  it('finds nothing where nothing fits', () => {
    expect(solved((x) => Math.floor(Math.sqrt(x)), h).expression).to.equal(undefined);
    expect(solved((x) => x % 7, h).expression).to.equal(undefined);
    expect(solved((x) => Math.floor(x / 2) + Math.floor(x / 3), LENGTH).expression).to.equal(undefined);
    expect(solved((x) => Math.min(Math.ceil(x / 8), 40), LENGTH).expression).to.equal(undefined);
    expect(solved((x) => Math.floor(x / 700), [37, 160, 1008]).expression).to.equal(undefined);
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
