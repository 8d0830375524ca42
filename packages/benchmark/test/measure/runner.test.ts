import * as tf from '@tensorflow/tfjs';
import type { ModelInputs } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { runnerOf, type Candidate } from '../../src/index.js';
import { branching, dense, stock, twoInputs } from './candidates.js';
import { registerLateBackend } from './late-backend.js';

/** Values of all outputs of a candidate, by key. */
async function run(candidate: Candidate, inputs: ModelInputs): Promise<Record<string, number[]>> {
  const outputs = await runnerOf(candidate, inputs).outputs();
  return Object.fromEntries(outputs.map(({ key, values }) => [key, Array.from(values, Number)]));
}

describe('running candidates', () => {
  let x: tf.Tensor;
  before(async () => {
    await tf.setBackend('cpu');
    x = tf.tensor2d([[1, -1, 1]]);
  });
  after(() => x.dispose());

  it('runs models of every kind and functions to the same values', async () => {
    const model = dense();
    const graph = stock(model);
    const expected = [9, 4];
    expect(await run(model, x)).to.deep.equal({ y: expected });
    expect(await run(graph, x)).to.deep.equal({ y: expected });
    expect(await run(graph, { x })).to.deep.equal({ y: expected });
    expect(await run(([input]) => graph.predict(input as tf.Tensor), x)).to.deep.equal({
      'output 0': expected,
    });
    graph.dispose();
    model.dispose();
  });

  it('awaits graphs with control flow, stock ones, too', async () => {
    const model = branching();
    const graph = stock(model);
    for (const candidate of [model, graph]) {
      const [values] = Object.values(
        await run(
          candidate,
          tf.tidy(() => x.neg()),
        ),
      );
      expect(values).to.deep.equal([1, -1, 1]);
      await expectNoLeak(async () => {
        expect(runnerOf(candidate, x).call()).to.be.instanceOf(Promise);
        await runnerOf(candidate, x).call();
      });
    }
    graph.dispose();
    model.dispose();
  });

  it('takes inputs by key in any order, runs layers models in one batch, names outputs', async () => {
    const model = twoInputs();
    const [a, b] = [tf.ones([50, 2]), tf.fill([50, 2], 3)];
    const runner = runnerOf(model, { b, a });
    expect(runner.examples).to.equal(50);
    expect(runner.inputs).to.deep.equal([
      { key: 'a', dtype: 'float32', shape: [50, 2] },
      { key: 'b', dtype: 'float32', shape: [50, 2] },
    ]);
    const outputs = await runner.outputs();
    expect(outputs.map(({ key }) => key)).to.deep.equal(['sum', 'product']);
    expect([outputs[0]?.values[0], outputs[1]?.values[99]]).to.deep.equal([4, 3]);
    const shapes: number[][] = [];
    const layer = model.getLayer('sum');
    const call = layer.call.bind(layer);
    layer.call = (inputs, args) => {
      shapes.push((inputs as tf.Tensor[]).map(({ shape }) => shape[0]));
      return call(inputs, args);
    };
    await runner.call();
    expect(shapes).to.deep.equal([[50, 50]]);
    await expectNoLeak(() => runner.call());
    model.dispose();
    tf.dispose([a, b]);
  });

  it('gives a number or a record of tensors that a function returns as outputs', async () => {
    expect(await run(() => 7, [])).to.deep.equal({ number: [7] });
    expect(await run(() => undefined, [])).to.deep.equal({});
    expect(await run(() => Promise.resolve({ one: tf.scalar(1), two: tf.scalar(2) }), [])).to.deep.equal({
      one: [1],
      two: [2],
    });
  });

  it('disposes of outputs, but of no input and nothing kept', async () => {
    const kept = tf.keep(tf.scalar(1));
    const candidates: Candidate[] = [
      ([input]) => input,
      () => [kept, tf.scalar(2)],
      async ([input]) => [await Promise.resolve((input as tf.Tensor).clone()), kept],
    ];
    for (const candidate of candidates) {
      const runner = runnerOf(candidate, x);
      await expectNoLeak(async () => {
        await runner.call();
        await runner.finish(await runner.run());
        await runner.outputs();
      });
    }
    expect([x.isDisposed, kept.isDisposed]).to.deep.equal([false, false]);
    kept.dispose();
  });

  it('computes at once without a promise where the backend does', () => {
    expect(runnerOf(() => tf.scalar(1)).call()).to.equal(undefined);
    const model = dense();
    expect(runnerOf(model, x).call()).to.equal(undefined);
    model.dispose();
  });

  it('names the input that has the wrong shape or type, before any work', async () => {
    const model = dense();
    const candidates = { model, graph: stock(model), layers: twoInputs() };
    const wide = tf.zeros([1, 4]);
    const whole = tf.zeros([1, 3], 'int32');
    const pair = [tf.zeros([1, 2]), tf.zeros([1, 2], 'int32')];
    const before = tf.memory().numTensors;
    for (const candidate of [candidates.model, candidates.graph]) {
      const shape = await expectCode('model/input', () => runnerOf(candidate, wide));
      expect(shape.message).to.match(
        /^input 'x': expected a tensor of \[-1,3\] float32, got \[1,4\] float32/,
      );
      const type = await expectCode('model/input', () => runnerOf(candidate, { x: whole }));
      expect(type.message).to.contain("input 'x'").and.contain('int32');
      await expectCode('model/input', () => runnerOf(candidate, [x, x]));
      await expectCode('model/input', () => runnerOf(candidate, { y: x }));
      await expectCode('model/input', () => runnerOf(candidate));
    }
    const type = await expectCode('model/input', () => runnerOf(candidates.layers, pair));
    expect(type.message).to.match(/^input 'b'.*int32/);
    expect(
      (await expectCode('model/input', () => runnerOf(candidates.layers, { a: pair[0] as tf.Tensor })))
        .message,
    ).to.contain("'b'");
    expect(tf.memory().numTensors).to.equal(before);
    const notTensors = [3] as unknown as tf.Tensor[];
    expect((await expectCode('model/input', () => runnerOf(() => 1, notTensors))).message).to.contain(
      'number',
    );
    tf.dispose([wide, whole, pair]);
    for (const candidate of Object.values(candidates)) candidate.dispose();
  });

  it('refuses what is no candidate, and a sequential model that is not built', async () => {
    for (const nothing of [null, 3, {}, 'path']) {
      await expectCode('argument/invalid', () => runnerOf(nothing as unknown as Candidate, x));
    }
    const model = tf.sequential();
    expect((await expectCode('argument/invalid', () => runnerOf(model, x))).message).to.contain('inputShape');
  });
});

describe('running candidates on a backend that computes later', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });
  after(() => tf.setBackend('cpu'));

  it('awaits values and never asks for them at once', async () => {
    const calls = registerLateBackend('late', true);
    await tf.setBackend('late');
    const model = dense();
    const input = tf.ones([1, 3]);
    for (const candidate of [model, () => tf.ones([2])] satisfies Candidate[]) {
      const reads = calls.reads;
      const call = runnerOf(candidate, input).call();
      expect(call).to.be.instanceOf(Promise);
      await call;
      expect(calls.reads).to.equal(reads + 1);
    }
    await expectNoLeak(() => runnerOf(model, input).call());
    model.dispose();
    input.dispose();
  });
});
