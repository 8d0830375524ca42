import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { annotate, GraphBuilder, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';

/** relu(x) if the sum of x is positive, else tanh(x) with a last size of 1 more. */
function branches(): Model<'float'> {
  const b = new GraphBuilder();
  const x = b.input('x', [-1]);
  const isPositive = b.op(
    'Greater',
    [b.op('Sum', [x, b.ints([0])]), b.constant('zero', 0)],
    {},
    'isPositive',
  );
  const on = b.op('Switch', [x, isPositive], {}, 'switch');
  const yes = b.op('Relu', [b.out(on, 1)], {}, 'yes');
  const no = b.op('Pad', [on, b.constant('edges', [0, 1], [1, 2], 'int32')], {}, 'no');
  return b.output(b.op('Merge', [no, yes], {}, 'merged')).build();
}

/** Doubles the length of x three times. */
function loop(): Model<'float'> {
  const b = new GraphBuilder();
  const frame = { frame_name: 'Outer/While' };
  const x = b.op('Enter', [b.input('x', [-1])], frame, 'enterX');
  const i = b.op('Enter', [b.ints(0)], frame, 'enterI');
  const limit = b.op('Enter', [b.ints(3)], { ...frame, is_constant: true }, 'limit');
  const one = b.op('Enter', [b.ints(1)], { ...frame, is_constant: true }, 'one');
  const axis = b.op('Enter', [b.ints(0)], { ...frame, is_constant: true }, 'axis');
  const xs = b.op('Merge', [x, 'nextX'], {}, 'mergeX');
  const is = b.op('Merge', [i, 'nextI'], {}, 'mergeI');
  const goOn = b.op('LoopCond', [b.op('Less', [is, limit], {}, 'less')], {}, 'goOn');
  const atX = b.op('Switch', [xs, goOn], {}, 'switchX');
  const atI = b.op('Switch', [is, goOn], {}, 'switchI');
  const body = b.op('Identity', [b.out(atX, 1)], {}, 'body');
  b.op('NextIteration', [b.op('ConcatV2', [body, body, axis], { N: 2 }, 'doubled')], {}, 'nextX');
  b.op('NextIteration', [b.op('AddV2', [b.out(atI, 1), one], {}, 'next')], {}, 'nextI');
  return b.output(b.op('Exit', [atX], {}, 'exit')).build();
}

describe('annotate', () => {
  before(() => tf.setBackend('cpu'));

  it('tells shape, type and bytes of every value, constants included', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 4]);
    const top = b.op('TopKV2', [x, b.ints(2)], { sorted: true }, 'top');
    const flags = b.op('Greater', [top, b.constant('half', 0.5)], {}, 'flags');
    const model = b.output(flags).output(b.out(top, 1)).build();
    const sample = tf.ones([3, 4]);
    const found = await annotate(model, sample);
    expect(Object.fromEntries(found)).to.deep.equal({
      x: { shape: [3, 4], dtype: 'float32' },
      ints: { shape: [], dtype: 'int32' },
      half: { shape: [], dtype: 'float32' },
      top: { shape: [3, 2], dtype: 'float32' },
      'top:1': { shape: [3, 2], dtype: 'int32' },
      flags: { shape: [3, 2], dtype: 'bool' },
    });
    expect([found.bytes('top'), found.bytes('flags'), found.bytes('nothing')]).to.deep.equal([
      24,
      6,
      undefined,
    ]);
    expect(sample.isDisposed).to.equal(false);
    tf.dispose(sample);
    model.dispose();
  });

  it('leaves out dead nodes, also those that could not run', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    b.op('Relu', [b.op('MyOp', [x], {}, 'mine')], {}, 'dead');
    const model = b.output(b.op('Relu', [x], {}, 'y')).build();
    const found = await annotate(model, [tf.ones([2])]);
    expect([found.has('y'), found.has('mine'), found.has('dead')]).to.deep.equal([true, false, false]);
    model.dispose();
  });

  it('tells of a branch what was taken, and nothing of the other', async () => {
    const model = branches();
    const taken = await annotate(model, tf.ones([3]));
    expect([taken.shape('yes'), taken.shape('no'), taken.shape('merged')]).to.deep.equal([
      [3],
      undefined,
      [3],
    ]);
    expect([taken.has('switch'), taken.has('switch:1')]).to.deep.equal([false, true]);
    const other = await annotate(model, tf.neg(tf.ones([3])));
    expect([other.shape('yes'), other.shape('no'), other.shape('merged')]).to.deep.equal([
      undefined,
      [4],
      [4],
    ]);
  });

  it('tells of a loop the largest value of all turns', async () => {
    const model = loop();
    const found = await annotate(model, tf.ones([2]));
    expect(found.shape('exit')).to.deep.equal([16]);
    expect(found.shape('body')).to.deep.equal([8]);
    expect(found.shape('doubled')).to.deep.equal([16]);
    expect(found.shape('enterX')).to.deep.equal([2]);
    for (const node of model.graph)
      expect(found.has(node.name) || node.op === 'Switch', node.name).to.equal(true);
  });

  it('leaves no tensors and no flags behind, and prints nothing', async () => {
    const printed: unknown[] = [];
    const output = globalThis.console;
    const { warn } = output;
    output.warn = (...args: unknown[]) => void printed.push(args);
    try {
      for (const model of [branches(), loop()]) {
        await expectNoLeak(async () => {
          const sample = tf.ones([4]);
          await annotate(model, sample);
          tf.dispose(sample);
        });
      }
    } finally {
      output.warn = warn;
    }
    expect(printed).to.deep.equal([]);
    expect(tf.env().getBool('KEEP_INTERMEDIATE_TENSORS')).to.equal(false);
  });

  it('refuses inputs that do not fit and stops when asked to', async () => {
    const model = branches();
    await expectCode('model/input', () => annotate(model, tf.ones([2, 2])));
    const signal = AbortSignal.abort();
    await expectCode('aborted', () => annotate(model, tf.ones([2]), { signal }));
  });

  it('keeps its flag in order when the run fails', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const where = b.op('Where', [b.op('MyOp', [x], {}, 'mine')], {}, 'where');
    const model = b.output(where).build();
    const before = tf.memory().numTensors;
    const sample = tf.ones([2]);
    await expectCode('model/run', () => annotate(model, sample));
    expect(tf.env().getBool('KEEP_INTERMEDIATE_TENSORS')).to.equal(false);
    tf.dispose(sample);
    expect(tf.memory().numTensors).to.equal(before);
  });
});
