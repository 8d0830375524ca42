import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { GraphBuilder, Weight, printGraph, rewrite, type Model, type Rule } from '@tfjs-optimize/core';
import { rules } from '../../src/index.js';
import { withoutDeadNodes, withoutDuplicates } from '../../src/clean.js';
import { randoms } from '../support/arbitraries.js';
import { useBackend } from '../support/backend.js';
import { opsOf } from '../support/check.js';
import { expectSameBits } from '../support/same.js';

function after(model: Model, ...list: readonly Rule[]): string {
  const { model: next } = rewrite(model, list);
  return printGraph(next.graph, { weights: next.weights });
}

before(() => useBackend('cpu'));

describe('clip-to-relu6', () => {
  const forms: Record<string, (b: GraphBuilder, x: string) => string> = {
    'ClipByValue(Relu(x), 0, 6)': (b, x) =>
      b.op('ClipByValue', [b.op('Relu', [x]), b.constant('low', 0), b.constant('high', 6)]),
    'ClipByValue(x, 0, 6)': (b, x) => b.op('ClipByValue', [x, b.constant('low', 0), b.constant('high', 6)]),
    'Minimum(Relu(x), 6)': (b, x) => b.op('Minimum', [b.op('Relu', [x]), b.constant('high', 6)]),
    'Minimum(6, Maximum(0, x))': (b, x) =>
      b.op('Minimum', [b.constant('high', 6), b.op('Maximum', [b.constant('low', 0), x])]),
    'Maximum(Minimum(x, 6), 0)': (b, x) =>
      b.op('Maximum', [b.op('Minimum', [x, b.constant('high', 6)]), b.constant('low', 0)]),
  };

  for (const [name, form] of Object.entries(forms)) {
    it(`finds ${name}, and computes the same bits, NaN included`, async () => {
      const b = new GraphBuilder();
      const model = b.output(form(b, b.input('x', [8]))).build();
      const { model: next } = rewrite(model, [rules.clipToRelu6()]);
      expect(opsOf(next)).to.deep.equal(['Relu6']);
      const x = tf.tensor([-1, 0, 0.5, 6, 7, Infinity, -Infinity, NaN]);
      await expectSameBits(model, next, [x]);
      x.dispose();
    });
  }

  it('leaves other bounds, and bounds that are larger than the input', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    b.output(b.op('ClipByValue', [x, b.constant('low', 0), b.constant('high', 5)], {}, 'y1'));
    b.output(b.op('Minimum', [b.op('Relu', [x]), b.constant('sixes', [6, 6])], {}, 'y2'));
    expect(rewrite(b.build(), [rules.clipToRelu6()]).changed).to.equal(false);
  });
});

describe('simplify-clip', () => {
  it('drops a Relu that the clip implies, and makes a Relu of Maximum with 0', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    b.output(b.op('ClipByValue', [b.op('Relu', [x]), b.constant('low', 0), b.constant('high', 5)], {}, 'y1'));
    b.output(b.op('Maximum', [b.constant('zero', 0), x], {}, 'y2'));
    expect(opsOf(rewrite(b.build(), [rules.simplifyClip()]).model)).to.deep.equal(['ClipByValue', 'Relu']);
  });

  it('keeps a Relu in front of a clip at a negative number', () => {
    const b = new GraphBuilder();
    const clipped = [b.op('Relu', [b.input('x', [-1])]), b.constant('low', -1), b.constant('high', 5)];
    b.output(b.op('ClipByValue', clipped));
    expect(rewrite(b.build(), [rules.simplifyClip()]).changed).to.equal(false);
  });
});

describe('remove-identity', () => {
  it('removes identities and casts to the same type, not those that are outputs', () => {
    const b = new GraphBuilder();
    let x = b.input('x', [-1]);
    for (const op of ['Identity', 'StopGradient', 'PreventGradient', 'Snapshot']) x = b.op(op, [x]);
    x = b.op('Cast', [x], { SrcT: 'float32', DstT: 'float32' });
    x = b.op('Cast', [b.op('Neg', [x], {}, 'n')], { SrcT: 'float32', DstT: 'int32' }, 'c');
    b.output(b.op('Identity', [x], {}, 'y'));
    expect(after(b.build(), rules.removeIdentity())).to.equal(
      [
        'x = Placeholder float32[?]',
        'n = Neg(x)',
        'c = Cast(n) {DstT: int32}',
        'y = Identity(c)',
        'return y',
      ].join('\n'),
    );
  });

  it('keeps identities that mark a branch or that others wait for', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1]);
    const branch = b.op('Switch', [x, b.input('p', [], 'bool')], {}, 's');
    b.output(b.op('Neg', [b.op('Identity', [b.out(branch, 1)], {}, 'pivot')], {}, 'y1'));
    b.op('Identity', [x], {}, 'anchor');
    b.output(b.op('Neg', ['anchor'], {}, { name: 'y2', controls: ['anchor'] }));
    expect(rewrite(b.build(), [rules.removeIdentity()]).changed).to.equal(false);
  });
});

describe('remove-noop', () => {
  const removed = (make: (b: GraphBuilder, x: string) => string, shape = [-1, 3]): boolean => {
    const b = new GraphBuilder();
    b.output(b.op('Neg', [make(b, b.op('Abs', [b.input('x', shape)]))], {}, 'y'));
    return opsOf(rewrite(b.build(), [rules.removeNoop()]).model).length === 2;
  };

  it('removes what keeps shape and values', () => {
    expect(removed((b, x) => b.op('Reshape', [x, b.ints([-1, 3])]))).to.equal(true);
    expect(removed((b, x) => b.op('Pad', [x, b.ints([0, 0, 0, 0], [2, 2])]))).to.equal(true);
    expect(removed((b, x) => b.op('Tile', [x, b.ints([1, 1])]))).to.equal(true);
    expect(removed((b, x) => b.op('ConcatV2', [x, b.ints(0)]))).to.equal(true);
    expect(removed((b, x) => b.op('Mul', [b.constant('c', 1), x]))).to.equal(true);
    expect(removed((b, x) => b.op('Mul', [x, b.constant('c', [1, 1, 1])]))).to.equal(true);
    expect(removed((b, x) => b.op('RealDiv', [x, b.constant('c', 1)]))).to.equal(true);
    expect(removed((b, x) => b.op('Sub', [x, b.constant('c', 0)]))).to.equal(true);
    expect(removed((b, x) => b.op('AddV2', [x, b.constant('c', -0)]))).to.equal(true);
  });

  it('keeps what changes shape or values, or may do so', () => {
    expect(removed((b, x) => b.op('Reshape', [x, b.ints([3, -1])]))).to.equal(false);
    expect(removed((b, x) => b.op('Reshape', [x, b.ints([-1, 3])]), [-1, -1])).to.equal(false);
    expect(removed((b, x) => b.op('Pad', [x, b.ints([0, 0, 0, 1], [2, 2])]))).to.equal(false);
    expect(removed((b, x) => b.op('Tile', [x, b.ints([1, 2])]))).to.equal(false);
    expect(removed((b, x) => b.op('Mul', [x, b.constant('c', [[1]].flat(), [1, 1, 1])]))).to.equal(false);
    expect(removed((b, x) => b.op('Mul', [x, b.constant('c', [1, 1, 1])]), [-1, 1])).to.equal(false);
    expect(removed((b, x) => b.op('Mul', [x, b.constant('c', 0)]))).to.equal(false);
    expect(removed((b, x) => b.op('Sub', [b.constant('c', 0), x]))).to.equal(false);
    expect(removed((b, x) => b.op('RealDiv', [b.constant('c', 1), x]))).to.equal(false);
  });

  it('keeps x + 0, which turns −0 into 0, unless sums alone read it', () => {
    expect(removed((b, x) => b.op('AddV2', [x, b.constant('c', 0)]))).to.equal(false);
    const b = new GraphBuilder();
    const sum = b.op('AddV2', [b.input('x', [-1, 3]), b.constant('c', 0)]);
    b.output(b.op('MatMul', [sum, b.constant('w', new Float32Array(6), [3, 2])]));
    expect(opsOf(rewrite(b.build(), [rules.removeNoop()]).model)).to.deep.equal(['MatMul']);
  });
});

describe('merge-transposes and merge-reshapes', () => {
  before(() => useBackend('cpu'));

  it('merge-transposes composes permutations, bit for bit', async () => {
    const perm = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(perm, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (perms, isConstant) => {
          const b = new GraphBuilder();
          const given = b.input('x', [2, 3, 4, 5]);
          let y = isConstant ? b.constant('c', randoms(120, 5), [2, 3, 4, 5]) : given;
          for (const one of perms) y = b.op('Transpose', [y, b.ints(one)]);
          const model = b.output(b.op('Neg', [y])).build();
          const { model: next } = rewrite(model, [rules.mergeTransposes()]);
          expect(opsOf(next).length).to.be.at.most(isConstant ? 1 : 2);
          const x = tf.tensor(randoms(120, 1), [2, 3, 4, 5]);
          await expectSameBits(model, next, [x]);
          x.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps a transpose of a constant that is read elsewhere, too', () => {
    const b = new GraphBuilder();
    const w = b.constant('w', new Float32Array(6), [2, 3]);
    b.output(b.op('Transpose', [w, b.ints([1, 0])], {}, 'y1')).output(b.op('Neg', [w], {}, 'y2'));
    expect(rewrite(b.build(), [rules.mergeTransposes()]).changed).to.equal(false);
  });

  it('merge-reshapes keeps the last of a chain', () => {
    const b = new GraphBuilder();
    let x = b.input('x', [2, 3, 4]);
    x = b.op('Reshape', [x, b.ints([6, 4])]);
    x = b.op('ExpandDims', [x, b.ints(0)]);
    x = b.op('Squeeze', [x], { squeeze_dims: [0] });
    b.output(b.op('Reshape', [x, b.ints([-1])], {}, 'y'));
    expect(opsOf(rewrite(b.build(), [rules.mergeReshapes()]).model)).to.deep.equal(['Reshape']);
  });
});

describe('fold-constants', () => {
  before(() => useBackend('cpu'));

  it('computes what constants decide, as TensorFlow.js does', () => {
    const b = new GraphBuilder();
    const rate = b.op('Rsqrt', [
      b.op('AddV2', [b.constant('variance', [0.25, 4]), b.constant('epsilon', 0)]),
    ]);
    b.output(
      b.op(
        'Mul',
        [b.input('x', [-1, 2]), b.op('Mul', [rate, b.constant('gamma', [3, 5])], {}, 'scale')],
        {},
        'y',
      ),
    );
    expect(after(b.build(), rules.foldConstants())).to.equal(
      [
        'x = Placeholder float32[?,2]',
        'scale = Const float32[2] = [6,2.5]',
        'y = Mul(x, scale)',
        'return y',
      ].join('\n'),
    );
  });

  it('follows shapes that are known before the model runs', () => {
    const b = new GraphBuilder();
    const shape = b.op('Shape', [b.input('x', [5, 4])], { out_type: 'int32' });
    const rows = b.op('StridedSlice', [shape, b.ints([0]), b.ints([1]), b.ints([1])], {
      shrink_axis_mask: 1,
    });
    b.output(b.op('Reshape', ['x', b.op('Pack', [b.ints(-1), rows], { axis: 0, N: 2 }, 'p')], {}, 'y'));
    expect(after(b.build(), rules.foldConstants())).to.equal(
      ['x = Placeholder float32[5,4]', 'p = Const int32[2] = [-1,5]', 'y = Reshape(x, p)', 'return y'].join(
        '\n',
      ),
    );
  });

  it('leaves shapes that the input decides', () => {
    const b = new GraphBuilder();
    b.output(b.op('Shape', [b.input('x', [-1, 4])], { out_type: 'int32' }));
    expect(rewrite(b.build(), [rules.foldConstants()]).changed).to.equal(false);
  });

  it('does not blow up the file, and says by how much it would', () => {
    const b = new GraphBuilder();
    b.output(b.op('Fill', [b.ints([1000, 1000]), b.constant('value', 7)], {}, 'y1'));
    b.output(b.op('Tile', [b.constant('row', randoms(100, 1), [1, 100]), b.ints([1000, 1])], {}, 'y2'));
    const { changed, notes } = rewrite(b.build(), [rules.foldConstants()]);
    expect(changed).to.equal(false);
    expect(notes.map((note) => note.message)).to.deep.equal([
      'fold-constants at 2 nodes: y1 (Fill), y2 (Tile): would take more room in the file than what it is made of',
    ]);
    const one = new GraphBuilder();
    one.output(one.op('Fill', [one.ints([1000, 1000]), one.constant('value', 7)], {}, 'y1'));
    expect(rewrite(one.build(), [rules.foldConstants()]).notes[0]?.message).to.equal(
      'fold-constants at y1 (Fill): would be stored in 4000000 bytes instead of 12',
    );
  });

  it('keeps a stored uint8 kernel times its scale, and reshapes it as it is stored', () => {
    const b = new GraphBuilder();
    const q = b.constant('q', new Float32Array(1000), [10, 100]);
    b.output(b.op('Mul', [q, b.constant('s', randoms(100, 1))], {}, 'y1'));
    b.output(b.op('Reshape', [b.constant('r', new Float32Array(1000), [10, 100]), b.ints([1000])], {}, 'y2'));
    const made = b.build();
    const encoding = { kind: 'affine', dtype: 'uint8', scale: 0.1, min: 0 } as const;
    const stored = Weight.stored('float32', [10, 100], encoding, new Uint8Array(1000).fill(9));
    const weights = made.weights.with(
      new Map([
        ['q', stored],
        ['r', stored],
      ]),
    );
    const { model, notes } = rewrite(made.with({ weights }), [rules.foldConstants()]);
    expect(model.graph.need('y1').op).to.equal('Mul');
    expect(model.weights.need('y2').encoding).to.deep.equal(encoding);
    expect(model.weights.need('y2').shape).to.deep.equal([1000]);
    const declined = notes.filter(({ kind }) => kind === 'declined');
    expect(declined.map(({ message }) => message)).to.deep.equal([
      'fold-constants at y1 (Mul): is computed in each run, which keeps the file small ' +
        "(quantizedWeights: 'expand' computes it ahead): ahead it would be stored in 4000 bytes instead of 1400",
    ]);
    const expanded = rewrite(made.with({ weights }), [rules.foldConstants({ quantizedWeights: 'expand' })]);
    expect(expanded.model.graph.need('y1').op).to.equal('Const');
    expect(expanded.notes.filter(({ kind }) => kind === 'declined')).to.deep.equal([]);
  });

  it('puts the backend back that was in use, and leaves no tensors', async () => {
    await useBackend('wasm');
    const tensors = tf.memory().numTensors;
    const b = new GraphBuilder();
    b.output(b.op('Exp', [b.constant('c', [1, 2])]));
    expect(rewrite(b.build(), [rules.foldConstants()]).changed).to.equal(true);
    expect(tf.getBackend()).to.equal('wasm');
    expect(tf.memory().numTensors).to.equal(tensors);
    await useBackend('cpu');
  });

  it('leaves random, stateful and unknown ops alone', () => {
    const b = new GraphBuilder();
    b.output(b.op('RandomUniform', [b.ints([2])], { dtype: 'float32', seed: 1, seed2: 2 }));
    b.output(b.op('MyOp', [b.constant('c', 1)]));
    expect(rewrite(b.build(), [rules.foldConstants()]).changed).to.equal(false);
  });
});

describe('duplicates and dead nodes', () => {
  it('merges equal trees, whose constants may be apart', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4]);
    const branch = (name: string): string =>
      b.op('Reshape', [b.op('Neg', [x], {}, `${name}/n`), b.ints([-1])], {}, `${name}/r`);
    b.output(b.op('AddV2', [branch('a'), branch('b')], {}, 'y'));
    const { model, notes } = withoutDuplicates(b.build());
    expect(printGraph(model.graph, { weights: model.weights })).to.equal(
      [
        'x = Placeholder float32[?,4]',
        'a/n = Neg(x)',
        'ints = Const int32[1] = [-1]',
        'a/r = Reshape(a/n, ints)',
        'y = AddV2(a/r, a/r)',
        'return y',
      ].join('\n'),
    );
    expect(notes.map((note) => note.subject)).to.deep.equal(['b/n', 'ints_1', 'b/r']);
  });

  it('keeps equal weights of two layers, random ops and outputs apart', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 2]);
    for (const i of [1, 2]) {
      b.output(b.op('BiasAdd', [x, b.constant(`bias${i}`, [0, 0])], {}, `y${i}`));
      const random = b.op('RandomUniform', [b.ints([2])], { dtype: 'float32', seed: 1, seed2: 2 }, `r${i}`);
      b.output(b.op('AddV2', [x, random], {}, `s${i}`));
      b.output(b.op('Neg', [x], {}, `n${i}`));
    }
    const { model } = withoutDuplicates(b.build());
    expect(opsOf(model)).to.have.length(8);
    expect(model.weights.has('bias1') && model.weights.has('bias2')).to.equal(true);
  });

  it('removes what no output needs, with its weights, and keeps inputs', () => {
    const b = new GraphBuilder();
    b.output(b.op('Neg', [b.input('x', [-1])], {}, 'y'));
    b.op('Mul', [b.input('unused', [-1]), b.constant('c', 2)], {}, 'dead');
    const { model } = withoutDeadNodes(b.build());
    expect([...model.graph.nodes.keys()]).to.deep.equal(['x', 'y', 'unused']);
    expect(model.weights.size).to.equal(0);
    expect(withoutDeadNodes(model).model).to.equal(model);
  });
});
