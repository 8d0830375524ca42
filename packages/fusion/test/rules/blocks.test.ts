import { expect } from 'chai';
import { GraphBuilder, rewrite, type Model } from '@tfjs-optimize/core';
import { rules } from '../../src/index.js';
import { opsOf } from '../support/check.js';

type Form = (b: GraphBuilder, x: string) => string;

let made = 0;
/** The constant of a number. */
const number = (b: GraphBuilder, value: number): string => b.constant(`number_${made++}`, value);

function build(form: Form, shape = [-1, 4, 6]): Model {
  const b = new GraphBuilder();
  return b.output(form(b, b.input('x', shape))).build();
}

function gate(b: GraphBuilder, x: string, tanh: boolean): string {
  if (!tanh) return b.op('Erf', [b.op('Mul', [x, number(b, Math.SQRT1_2)])]);
  const cube = b.op('Mul', [x, b.op('Mul', [x, x])]);
  const inner = b.op('AddV2', [x, b.op('Mul', [number(b, 0.044715), cube])]);
  return b.op('Tanh', [b.op('Mul', [number(b, Math.sqrt(2 / Math.PI)), inner])]);
}

describe('fuse-gelu', () => {
  const open = (b: GraphBuilder, x: string, tanh = false): string =>
    b.op('AddV2', [gate(b, x, tanh), number(b, 1)]);
  const forms: Record<string, Form> = {
    '(x · ½) · (1 + erf)': (b, x) => b.op('Mul', [b.op('Mul', [x, number(b, 0.5)]), open(b, x)]),
    '½ · (x · (1 + erf))': (b, x) => b.op('Mul', [number(b, 0.5), b.op('Mul', [x, open(b, x)])]),
    'x · (½ · (1 + erf))': (b, x) => b.op('Mul', [x, b.op('Mul', [open(b, x), number(b, 0.5)])]),
    'erf(x / √2)': (b, x) => {
      const erf = b.op('Erf', [b.op('RealDiv', [x, number(b, Math.SQRT2)])]);
      return b.op('Mul', [b.op('Mul', [number(b, 0.5), x]), b.op('Add', [number(b, 1), erf])]);
    },
    tanh: (b, x) => b.op('Mul', [b.op('Mul', [x, number(b, 0.5)]), open(b, x, true)]),
    'tanh of a power': (b, x) => {
      const cube = b.op('Pow', [x, number(b, 3)]);
      const inner = b.op('AddV2', [b.op('Mul', [cube, number(b, 0.044715)]), x]);
      const tanh = b.op('Tanh', [b.op('Mul', [inner, number(b, Math.sqrt(2 / Math.PI))])]);
      return b.op('Mul', [number(b, 0.5), b.op('Mul', [x, b.op('AddV2', [number(b, 1), tanh])])]);
    },
  };
  for (const [name, form] of Object.entries(forms)) {
    it(`finds ${name}`, () => {
      const { model } = rewrite(build(form), [rules.fuseGelu()]);
      expect(opsOf(model)).to.deep.equal(['TfjsOptimizeGelu']);
      const node = [...model.graph].find(({ op }) => op === 'TfjsOptimizeGelu');
      expect(node?.attrs.approximate?.value).to.equal(name.startsWith('tanh'));
    });
  }

  it('leaves other numbers, other inputs, and what is used elsewhere', () => {
    const others: Form[] = [
      (b, x) => b.op('Mul', [b.op('Mul', [x, number(b, 0.4)]), open(b, x)]),
      (b, x) =>
        b.op('Mul', [
          b.op('Mul', [x, number(b, 0.5)]),
          b.op('AddV2', [b.op('Erf', [b.op('Mul', [x, number(b, 0.7)])]), number(b, 1)]),
        ]),
      (b, x) => b.op('Mul', [b.op('Mul', [b.op('Relu', [x]), number(b, 0.5)]), open(b, x)]),
      (b, x) => {
        const inner = open(b, x);
        b.output(b.op('Neg', [inner], {}, 'other'));
        return b.op('Mul', [b.op('Mul', [x, number(b, 0.5)]), inner]);
      },
    ];
    for (const form of others) expect(rewrite(build(form), [rules.fuseGelu()]).changed).to.equal(false);
  });
});

/** The parts of a layer norm, each of which a test may change. */
interface Parts {
  readonly axes?: number[];
  readonly squareAxes?: number[];
  readonly gamma?: number[];
  readonly keepDims?: boolean;
  readonly meanOf?: (b: GraphBuilder, x: string) => string;
}

function parts(
  b: GraphBuilder,
  x: string,
  { axes = [-1], squareAxes = axes, keepDims = true, ...rest }: Parts,
) {
  const mean = b.op('Mean', [rest.meanOf?.(b, x) ?? x, b.ints(axes)], { keep_dims: keepDims });
  const gamma = b.constant('gamma', rest.gamma ?? [1, 2, 3, 4, 5, 6]);
  const beta = b.constant('beta', [6, 5, 4, 3, 2, 1]);
  const variance = (squares: string): string =>
    b.op('Mean', [squares, b.ints(squareAxes)], { keep_dims: true });
  return { mean, gamma, beta, variance };
}

const keras =
  (given: Parts = {}): Form =>
  (b, x) => {
    const { mean, gamma, beta, variance } = parts(b, x, given);
    const spread = variance(b.op('SquaredDifference', [x, mean]));
    const scale = b.op('Mul', [b.op('Rsqrt', [b.op('AddV2', [spread, number(b, 0.01)])]), gamma]);
    const shift = b.op('Sub', [beta, b.op('Mul', [mean, scale])]);
    return b.op('AddV2', [b.op('Mul', [x, scale]), shift]);
  };

const torch: Form = (b, x) => {
  const { mean, gamma, beta, variance } = parts(b, x, { axes: [2] });
  const centred = b.op('Sub', [x, mean]);
  const spread = variance(b.op('Pow', [centred, number(b, 2)]));
  const normal = b.op('RealDiv', [centred, b.op('Sqrt', [b.op('AddV2', [spread, number(b, 0.01)])])]);
  return b.op('AddV2', [b.op('Mul', [normal, gamma]), beta]);
};

const layers: Form = (b, x) => {
  const { mean, gamma, beta, variance } = parts(b, x, {});
  const spread = variance(b.op('Square', [b.op('Sub', [x, mean])]));
  const along = b.ints([1, 1, 6]);
  const across = b.ints([1, 4, 1]);
  const tiles = [gamma, beta].map((each) => b.op('Tile', [each, across]));
  const statistics = [mean, spread].map((each) => b.op('Tile', [each, along]));
  return b.op('FusedBatchNormV3', [x, ...tiles, ...statistics], { epsilon: 0.01, is_training: false });
};

describe('fuse-layer-norm', () => {
  for (const [name, form] of Object.entries({
    'of Keras': keras(),
    'written out': torch,
    'of tf.layers': layers,
  })) {
    it(`finds one ${name}`, () => {
      const { model } = rewrite(build(form), [rules.fuseLayerNorm()]);
      expect(opsOf(model)).to.deep.equal(['TfjsOptimizeLayerNorm']);
      const node = [...model.graph].find(({ op }) => op === 'TfjsOptimizeLayerNorm');
      expect(node?.inputs).to.deep.equal(['x', 'gamma', 'beta']);
      expect(node?.attrs.epsilon?.value).to.be.closeTo(0.01, 1e-8);
    });
  }

  it('leaves other axes, other sizes and means of something else', () => {
    const others: Form[] = [
      keras({ axes: [1] }),
      keras({ axes: [1, 2] }),
      keras({ squareAxes: [1] }),
      keras({ keepDims: false }),
      keras({ gamma: [2] }),
      keras({ meanOf: (b, x) => b.op('Relu', [x]) }),
    ];
    for (const form of others) expect(rewrite(build(form), [rules.fuseLayerNorm()]).changed).to.equal(false);
    expect(rewrite(build(keras(), [-1, 4, -1]), [rules.fuseLayerNorm()]).changed).to.equal(false);
  });
});
