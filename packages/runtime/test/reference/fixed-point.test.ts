import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { exactHigh, exactMultiplier, exactMultiply, exactShift } from '@tfjs-optimize/testing/integer';
import { multiplierOf } from '../../src/format/multiplier.js';
import {
  multiply,
  multiplyHigh,
  multipliersOf,
  requantizeOne,
  requantizeSums,
  shiftRounded,
} from '../../src/reference/index.js';

const EDGES = [
  0,
  1,
  2,
  3,
  2 ** 15,
  2 ** 16 - 1,
  2 ** 16,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 30 + 1,
  2 ** 31 - 2,
  2 ** 31 - 1,
];
const SUMS = [...EDGES.flatMap((x) => [x, -x]), -(2 ** 31)];

describe('fixed point', () => {
  const random = Random.of(7).fork('fixed point');
  const sums = [
    ...SUMS,
    ...Array.from({ length: 400 }, () =>
      Math.floor((random.uniform() - 0.5) * 2 ** (1 + 31 * random.uniform())),
    ),
  ];
  const factors = [...EDGES, ...Array.from({ length: 60 }, () => Math.floor(random.uniform() * 2 ** 31))];

  it('products of 62 bits and their rounding are those of whole numbers of any size', () => {
    let halves = 0;
    for (const a of sums) {
      for (const b of factors) {
        const wanted = Number(exactHigh(BigInt(a), BigInt(b)));
        if (multiplyHigh(a, b) !== wanted) expect(multiplyHigh(a, b), `${a} · ${b}`).to.equal(wanted);
        const rest = (BigInt(a) * BigInt(b)) % 2n ** 31n;
        if (rest === 2n ** 30n || rest === -(2n ** 30n)) halves++;
      }
    }
    expect(halves, 'halves among them').to.be.above(10);
  });

  it('shifts round halves away from zero, by 0 to 31 bits', () => {
    for (const x of sums) {
      for (let by = 0; by <= 31; by++) {
        if (shiftRounded(x, by) !== exactShift(x, by))
          expect(shiftRounded(x, by), `${x} / 2^${by}`).to.equal(exactShift(x, by));
      }
    }
    expect([-3, -2, -1, 1, 2, 3].map((x) => shiftRounded(x, 1))).to.deep.equal([-2, -1, -1, 1, 1, 2]);
  });

  it('multipliers have the 31 bits of their numbers, also next to powers of two', () => {
    const near = Array.from({ length: 60 }, (_, i) => 2 ** (i - 40)).flatMap((x) => [
      x,
      x * (1 - 2 ** -53),
      x * (1 + 2 ** -52),
      x * (1 - 2 ** -33),
    ]);
    const reals = [0, ...near, ...Array.from({ length: 300 }, () => 2 ** (60 * random.uniform() - 45))];
    for (const real of reals) expect(multiplierOf(real), String(real)).to.deep.equal(exactMultiplier(real));
    expect(multiplierOf(2 ** -33)).to.deep.equal({ value: 0, shift: 0 });
    expect(multiplierOf(2 ** -32)).to.deep.equal({ value: 2 ** 30, shift: -31 });
  });

  it('sums by multipliers of every size are those of whole numbers of any size; what passes int32 stays at its end', () => {
    for (const x of sums) {
      for (let shift = -31; shift <= 30; shift++) {
        for (const value of [2 ** 30, 2 ** 31 - 1, 2 ** 30 + Math.floor(random.uniform() * 2 ** 30)]) {
          const got = multiply(x, value, shift);
          const wanted = exactMultiply(x, value, shift);
          if (got !== wanted) expect(got, `${x} · ${value} · 2^${shift - 31}`).to.equal(wanted);
        }
      }
    }
    expect(multiply(2 ** 31 - 1, 2 ** 31 - 1, 4)).to.equal(2 ** 31 - 2);
  });

  it('sums become int8 by one multiplier for all or one for each, between the ends', () => {
    const one = { multipliers: multipliersOf([0.5]), zeroPoint: 3, clampMin: -5, clampMax: 6 };
    const each = { ...one, multipliers: multipliersOf([0.5, 1, 2]) };
    const out = new Int8Array(4);
    requantizeSums(Int32Array.of(1, -40, 3), out, 1, one);
    expect([...out]).to.deep.equal([0, 4, -5, 5]);
    requantizeSums(Int32Array.of(1, 1, 1), out, 0, each);
    expect([...out.subarray(0, 3)]).to.deep.equal([4, 4, 5]);
    expect([1, -40, 30].map((sum) => requantizeOne(sum, one))).to.deep.equal([4, -5, 6]);
  });
});
