import { GraphBuilder, type ValueId } from '@tfjs-optimize/core';
import { expect } from 'chai';
import { useEngine } from '../support/tester.js';
import { expectSame, fused, graph } from '../support/graphs.js';

type Form = (b: GraphBuilder, x: ValueId) => ValueId;

const ROOT = Math.sqrt(2 / Math.PI);

/** A product with a number, in both orders by turns. */
function mul(b: GraphBuilder, x: ValueId, value: number, name?: string): ValueId {
  const c = b.constant(`c${[...b.graph()].length}`, value);
  return b.op('Mul', [...b.graph()].length % 2 === 0 ? [c, x] : [x, c], {}, name);
}

function add(b: GraphBuilder, x: ValueId, value: number): ValueId {
  return b.op('AddV2', [x, b.constant(`c${[...b.graph()].length}`, value)]);
}

const erf: Form = (b, x) => b.op('Erf', [mul(b, x, Math.SQRT1_2)]);
const erfOfQuotient: Form = (b, x) => b.op('Erf', [b.op('RealDiv', [x, b.constant('root', Math.SQRT2)])]);
const inner: Form = (b, x) => {
  const cube = b.op('Pow', [x, b.constant('three', 3)]);
  return mul(b, b.op('AddV2', [x, mul(b, cube, 0.044715)]), ROOT);
};
const tanh: Form = (b, x) => b.op('Tanh', [inner(b, x)]);

const INNERS: Record<string, Form> = {
  'Pow(x, 3)': inner,
  '0.044715 · x · x · x': (b, x) => {
    const cube = b.op('Mul', [b.op('Mul', [mul(b, x, 0.044715), x]), x]);
    return mul(b, b.op('AddV2', [cube, x]), ROOT);
  },
  'x · x² · 0.044715': (b, x) =>
    mul(b, b.op('AddV2', [x, mul(b, b.op('Mul', [x, b.op('Square', [x])]), 0.044715)]), ROOT),
  '√(2/π) x · (1 + 0.044715 x²)': (b, x) =>
    b.op('Mul', [mul(b, x, ROOT), add(b, mul(b, b.op('Mul', [x, x]), 0.044715), 1)]),
  '√(2/π) x · (1 + 0.044715 x · x)': (b, x) =>
    b.op('Mul', [mul(b, x, 0.7978845608), add(b, b.op('Mul', [mul(b, x, 0.044715), x]), 1)]),
  '√(2/π) x + … x³': (b, x) =>
    b.op('AddV2', [mul(b, x, ROOT), mul(b, b.op('Pow', [x, b.constant('three', 3)]), ROOT * 0.044715)]),
};

/** Outer forms around erf or tanh. */
const OUTERS: Record<string, (b: GraphBuilder, x: ValueId, e: Form) => ValueId> = {
  '(½ x) · (1 + e)': (b, x, e) => b.op('Mul', [mul(b, x, 0.5), add(b, e(b, x), 1)], {}, 'y'),
  'x · (½ (1 + e))': (b, x, e) => b.op('Mul', [x, mul(b, add(b, e(b, x), 1), 0.5)], {}, 'y'),
  '½ (x · (1 + e))': (b, x, e) => mul(b, b.op('Mul', [x, add(b, e(b, x), 1)]), 0.5, 'y'),
  '(1 + e) · x / 2': (b, x, e) =>
    b.op('RealDiv', [b.op('Mul', [add(b, e(b, x), 1), x]), b.constant('two', 2)], {}, 'y'),
  'x · (½ + ½ e)': (b, x, e) => b.op('Mul', [x, add(b, mul(b, e(b, x), 0.5), 0.5)], {}, 'y'),
};

describe('fuse-gelu', () => {
  before(useEngine);

  for (const [name, outer] of Object.entries(OUTERS)) {
    for (const [kind, e] of [
      ['erf', erf],
      ['erf of a quotient', erfOfQuotient],
      ['tanh', tanh],
    ] as const) {
      it(`finds ${name} with ${kind}`, async () => {
        const before = graph([-1, 9], (b, x) => outer(b, x, e));
        const { model, ops } = await fused(before);
        expect(ops).to.deep.equal(['TfjsOptimizeGelu']);
        expect(model.graph.outputs).to.deep.equal(['y']);
        await expectSame(before, model, [50, 9], 1e-5);
      });
    }
  }

  for (const [name, form] of Object.entries(INNERS)) {
    it(`finds tanh of ${name}`, async () => {
      const before = graph([-1, 9], (b, x) =>
        b.op('Mul', [mul(b, x, 0.5), add(b, b.op('Tanh', [form(b, x)]), 1)]),
      );
      const { model, ops } = await fused(before);
      expect(ops).to.deep.equal(['TfjsOptimizeGelu']);
      await expectSame(before, model, [50, 9], 1e-5);
    });
  }

  it('takes x from a sum, and each of several', async () => {
    const before = graph([-1, 9], (b, x) => {
      const first = b.op('Mul', [
        mul(b, add(b, x, 1), 0.5),
        b.op('AddV2', [b.constant('one', 1), erf(b, add(b, x, 1))]),
      ]);
      return first;
    });
    expect((await fused(before)).ops).to.not.include('TfjsOptimizeGelu'); // two sums that are not known to be one
    const twice = graph([-1, 9], (b, x) => {
      const sum = add(b, x, 1);
      const y = b.op('Mul', [mul(b, sum, 0.5), add(b, erf(b, sum), 1)]);
      return b.op('Mul', [mul(b, y, 0.5), add(b, tanh(b, y), 1)]);
    });
    expect((await fused(twice)).ops).to.deep.equal(['AddV2', 'TfjsOptimizeGelu', 'TfjsOptimizeGelu']);
  });

  const MISSES: Record<string, Form> = {
    'another factor than ½': (b, x) => b.op('Mul', [mul(b, x, 0.501), add(b, erf(b, x), 1)]),
    'another factor than √½': (b, x) =>
      b.op('Mul', [mul(b, x, 0.5), add(b, b.op('Erf', [mul(b, x, 0.7072)]), 1)]),
    'another addend than 1': (b, x) => b.op('Mul', [mul(b, x, 0.5), add(b, erf(b, x), 1.001)]),
    'another factor than 0.044715': (b, x) => {
      const cube = mul(b, b.op('Pow', [x, b.constant('three', 3)]), 0.0447);
      return b.op('Mul', [mul(b, x, 0.5), add(b, b.op('Tanh', [mul(b, b.op('AddV2', [x, cube]), ROOT)]), 1)]);
    },
    'another power than 3': (b, x) => {
      const power = mul(b, b.op('Pow', [x, b.constant('two', 2)]), 0.044715);
      return b.op('Mul', [
        mul(b, x, 0.5),
        add(b, b.op('Tanh', [mul(b, b.op('AddV2', [x, power]), ROOT)]), 1),
      ]);
    },
    'another value in front': (b, x) => b.op('Mul', [mul(b, b.op('Relu', [x]), 0.5), add(b, erf(b, x), 1)]),
    'a factor for each column': (b, x) => {
      const halves = b.constant('halves', Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5), [9]);
      return b.op('Mul', [b.op('Mul', [x, halves]), add(b, erf(b, x), 1)]);
    },
    'a factor with more axes than x': (b, x) =>
      b.op('Mul', [
        b.op('Mul', [x, b.constant('half', Float32Array.of(0.5), [1, 1, 1])]),
        add(b, erf(b, x), 1),
      ]),
    'another reader of the sum': (b, x) => {
      const sum = add(b, erf(b, x), 1);
      return b.op('AddV2', [b.op('Mul', [mul(b, x, 0.5), sum]), sum]);
    },
    'sigmoid in the place of tanh': (b, x) =>
      b.op('Mul', [mul(b, x, 0.5), add(b, b.op('Sigmoid', [inner(b, x)]), 1)]),
  };
  for (const [name, form] of Object.entries(MISSES)) {
    it(`leaves ${name}`, async () => {
      const before = graph([-1, 9], form);
      const { model } = await fused(before);
      expect(model).to.equal(before);
    });
  }

  it('leaves what hands its inner values out', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 9]);
    const e = erf(b, x);
    const before = b
      .output(b.op('Mul', [mul(b, x, 0.5), add(b, e, 1)]))
      .output(e)
      .build();
    expect((await fused(before)).model).to.equal(before);
  });
});
