import { Random, traceLayersModel } from '@tfjs-optimize/core';
import { batcher, type Answer, type Batcher } from '@tfjs-optimize/data';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

/** Doubles its input, and writes down the sizes of its batches. */
function doubling(): { readonly sizes: number[]; readonly run: (x: unknown) => Promise<tf.Tensor> } {
  const sizes: number[] = [];
  const run = async (x: unknown): Promise<tf.Tensor> => {
    sizes.push((x as tf.Tensor).shape[0]);
    await new Promise((resolve) => setTimeout(resolve, 1));
    return tf.mul(x as tf.Tensor, 2);
  };
  return { sizes, run };
}

const one = (value: number): Float32Array => Float32Array.of(value);
const first = async (answer: Promise<Answer>): Promise<number | undefined> => (await answer)[0]?.values[0];

/** A model that answers only when it is told to. */
function held(): { readonly run: (x: unknown) => Promise<tf.Tensor>; free(): void } {
  let free = (): void => {};
  const gate = new Promise<void>((resolve) => (free = resolve));
  return {
    free: () => free(),
    run: async (x) => {
      await gate;
      return tf.clone(x as tf.Tensor);
    },
  };
}

describe('batcher', () => {
  it('answers each request with its own row, in batches of at most maxBatch', async () => {
    const { sizes, run } = doubling();
    const made = batcher(run, { maxBatch: 4 });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => first(made.predict(one(i)))));
    expect(answers).to.deep.equal(Array.from({ length: 10 }, (_, i) => 2 * i));
    expect(sizes).to.deep.equal([4, 4, 2]);
  });

  it('waits for others no longer than maxDelayMs, and takes the batch size of a sweep', async () => {
    const { sizes, run } = doubling();
    const made = batcher(run, { maxBatch: { smallestGood: 3 }, maxDelayMs: 5 });
    expect(await first(made.predict(one(1)))).to.equal(2);
    await Promise.all([1, 2, 3].map((i) => made.predict(one(i))));
    const atOnce = batcher(run, { maxDelayMs: 0 });
    await Promise.all([1, 2].map((i) => atOnce.predict(one(i))));
    expect(sizes).to.deep.equal([1, 3, 2]);
  });

  it('loses and swaps none of thousands of requests with cancellations, and leaves no tensor behind', async () => {
    const random = Random.of(5);
    await expectNoLeak(async () => {
      const made = batcher((x) => tf.mul(x as tf.Tensor, 2), { maxBatch: 16, maxDelayMs: 1, maxQueue: 100 });
      const counts = { answered: 0, aborted: 0, wrong: 0 };
      const ask = async (value: number): Promise<void> => {
        const control = new AbortController();
        if (random.uniform() < 0.3) {
          if (random.uniform() < 0.5) queueMicrotask(() => control.abort());
          else setTimeout(() => control.abort(), random.uniform() * 3);
        }
        await made.room();
        try {
          const got = await first(made.predict(one(value), { signal: control.signal }));
          if (got === 2 * value) counts.answered++;
          else counts.wrong++;
        } catch (error) {
          if ((error as { code?: string }).code === 'aborted') counts.aborted++;
          else throw error;
        }
      };
      const caller = async (start: number): Promise<void> => {
        for (let i = 0; i < 60; i++) await ask(start + i);
      };
      await Promise.all(Array.from({ length: 50 }, (_, i) => caller(i * 100)));
      expect(counts.answered + counts.aborted).to.equal(3000);
      expect(counts.wrong).to.equal(0);
      expect(counts.aborted).to.be.above(100);
      expect(made.waiting).to.equal(0);
      await made.close();
    });
  });

  it('begins requests in the order in which they came, also where shapes differ', async () => {
    const { sizes, run } = doubling();
    const made = batcher(run, { maxBatch: 8 });
    const done: number[] = [];
    const requests = [one(1), one(2), Float32Array.of(3, 3), one(4)];
    await Promise.all(
      requests.map(async (x) => done.push(((await made.predict(x))[0]?.values[0] as number) / 2)),
    );
    expect(done).to.deep.equal([1, 2, 3, 4]);
    expect(sizes).to.deep.equal([2, 1, 1]);
  });

  it('refuses more than may wait, and tells when there is room again', async () => {
    const { run, free } = held();
    const made = batcher(run, { maxBatch: 1, maxQueue: 2 });
    const answers = [made.predict(one(0)), made.predict(one(1)), made.predict(one(2))];
    await Promise.resolve();
    expect(made.waiting).to.equal(2);
    await expectCode('batcher/full', () => made.predict(one(3)));
    let isRoom = false;
    const room = made.room().then(() => (isRoom = true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isRoom).to.equal(false);
    free();
    await room;
    await Promise.all(answers);
  });

  it('refuses none of hundreds of callers that wait for room, and serves them in their order', async () => {
    const made = batcher(doubling().run, { maxBatch: 32, maxQueue: 8 });
    const done: number[] = [];
    const caller = async (i: number): Promise<void> => {
      await made.room();
      expect(made.waiting).to.be.below(8);
      done.push(((await first(made.predict(one(i)))) as number) / 2);
    };
    const order = Array.from({ length: 300 }, (_, i) => i);
    await Promise.all(order.map(caller));
    expect(done).to.deep.equal(order);
  });

  it('gives places back that were waited for and not taken', async () => {
    const { run, free } = held();
    const made = batcher(run, { maxBatch: 1, maxQueue: 2 });
    for (let i = 0; i < 5; i++) await made.room();
    const answers = [made.predict(one(0)), made.predict(one(1)), made.predict(one(2))];
    const full = made.room();
    free();
    await full; // and leaves it
    const next = Array.from({ length: 4 }, () => made.room());
    await Promise.all(next);
    expect(await Promise.all(answers.map(first))).to.deep.equal([0, 1, 2]);
    await made.close();
    await made.room();
  });

  it('gives up requests that are not begun by their deadline, and begins those that are due', async () => {
    const { run, free } = held();
    const made = batcher(run, { maxBatch: 1, deadlineMs: 10 });
    const begun = made.predict(one(0));
    await expectCode('batcher/deadline', () => made.predict(one(1)));
    expect(made.waiting).to.equal(0);
    free();
    expect(await first(begun)).to.equal(0); // it was begun: its deadline no longer counts
    const patient = batcher(doubling().run, { maxDelayMs: 60_000 });
    expect(await first(patient.predict(one(1), { deadlineMs: 20 }))).to.equal(2);
  });

  it('waits as long as it is told, also for longer than timers do, and for ever', async () => {
    for (const ms of [5e9, Infinity]) {
      const patient = doubling();
      const made = batcher(patient.run, { maxBatch: 2, maxDelayMs: ms, deadlineMs: ms });
      const answers = [made.predict(one(1))];
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(patient.sizes).to.deep.equal([]);
      for (const x of [2, 3]) answers.push(made.predict(one(x)));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(made.waiting).to.equal(1);
      await made.close();
      expect(await Promise.all(answers.map(first))).to.deep.equal([2, 4, 6]);
      expect(patient.sizes).to.deep.equal([2, 1]);
    }
  });

  it('takes a request back without touching others, waiting or begun', async () => {
    const { run, free } = held();
    const made = batcher(run, { maxBatch: 2 });
    const controls = [0, 1, 2, 3].map(() => new AbortController());
    const answers = controls.map(({ signal }, i) => made.predict(one(i), { signal }));
    for (const answer of answers) answer.catch(() => {});
    controls[0]?.abort();
    controls[2]?.abort();
    await expectCode('aborted', () => answers[0]);
    await expectCode('aborted', () => answers[2]);
    expect(made.waiting).to.equal(1); // the fourth: the first was begun, and did not wait
    free();
    expect(
      await Promise.all([first(answers[1] as Promise<Answer>), first(answers[3] as Promise<Answer>)]),
    ).to.deep.equal([1, 3]);
    await expectCode('aborted', () => made.predict(one(0), { signal: AbortSignal.abort() }));
  });

  it('takes many requests back by one signal, of which Node.js warns of no leak', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', note);
    const { run, free } = held();
    const made = batcher(run, { maxBatch: 1 });
    const control = new AbortController();
    const answers = Array.from({ length: 30 }, (_, i) => made.predict(one(i), { signal: control.signal }));
    for (const answer of answers) answer.catch(() => {});
    control.abort();
    for (const answer of answers) await expectCode('aborted', () => answer);
    free();
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('warning', note);
    expect(warnings).to.deep.equal([]);
  });

  it('lets timers and messages be heard between batches of callers that never pause', async () => {
    const made = batcher((x) => tf.clone(x as tf.Tensor), { maxBatch: 1 });
    let isOver = false;
    setTimeout(() => (isOver = true), 1);
    let asked = 0;
    for (; !isOver && asked < 20_000; asked++) await made.predict(one(1));
    expect(asked).to.be.below(20_000);
  });

  it('passes an error of the model to those of its batch alone', async () => {
    let calls = 0;
    const made = batcher(
      (x) => {
        if (calls++ === 0) throw new Error('out of order');
        return tf.clone(x as tf.Tensor);
      },
      { maxBatch: 2 },
    );
    await expectNoLeak(async () => {
      calls = 0;
      const answers = [0, 1, 2, 3].map((i) => made.predict(one(i)));
      for (const answer of answers) answer.catch(() => {});
      const error = await expectCode('batcher/failed', () => answers[0]);
      expect(error.message).to.match(/batch of 2: .*out of order/);
      await expectCode('batcher/failed', () => answers[1]);
      expect(await first(answers[3] as Promise<Answer>)).to.equal(3);
    });
  });

  it('takes kinds of bytes as one kind', async () => {
    const { sizes, run } = doubling();
    const made = batcher(run);
    const requests = [Uint8Array.of(1), Buffer.from([2]), Uint8ClampedArray.of(3)];
    const answers = await Promise.all(requests.map((x) => first(made.predict(x))));
    expect(answers).to.deep.equal([2, 4, 6]);
    expect(sizes).to.deep.equal([3]);
  });

  it('refuses outputs that are not one for each request', async () => {
    for (const run of [
      (x: unknown) => tf.sum(x as tf.Tensor),
      (x: unknown) => tf.concat([x as tf.Tensor, x as tf.Tensor]),
      () => 1 as never,
      () => [] as never,
      () => tf.tensor(['a']),
    ]) {
      await expectNoLeak(() => expectCode('batcher/failed', () => batcher(run).predict(one(1))));
    }
  });

  it('answers what is waiting when it is closed, or drops it, and takes nothing more', async () => {
    for (const drop of [false, true]) {
      const made = batcher(doubling().run, { maxBatch: 8, maxDelayMs: 60_000 });
      const answer = made.predict(one(1));
      answer.catch(() => {});
      await made.close({ drop });
      if (drop) await expectCode('batcher/closed', () => answer);
      else expect(await first(answer)).to.equal(2);
      await expectCode('batcher/closed', () => made.predict(one(1)));
    }
  });

  it('leaves no timer behind where nothing waits any more', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await Promise.resolve(); // mocha begins to time the test as soon as it waits
    const before = timers();
    const control = new AbortController();
    const dropped = batcher(doubling().run, { maxDelayMs: 60_000 });
    const taken = batcher(doubling().run, { maxDelayMs: 60_000 });
    const answers = [dropped.predict(one(1)), taken.predict(one(1), { signal: control.signal })];
    for (const answer of answers) answer.catch(() => {});
    expect(timers()).to.equal(before + 2);
    await dropped.close({ drop: true });
    control.abort();
    expect(timers()).to.equal(before);
  });

  it('refuses wrong options', async () => {
    const run = doubling().run;
    for (const options of [
      { maxBatch: 0 },
      { maxBatch: {} },
      { maxDelayMs: -1 },
      { maxQueue: 0 },
      { maxbatch: 1 },
    ]) {
      await expectCode('argument/invalid', () => batcher(run, options as never));
    }
    await expectCode('argument/invalid', () => batcher(3 as never));
    for (const options of [{ deadlineMs: -1 }, { deadline: 5 }, { signal: 5 }, null]) {
      await expectCode('argument/invalid', () => batcher(run).predict(one(1), options as never));
    }
    await expectCode('argument/invalid', () => batcher(run).close({ dorp: true } as never));
  });
});

describe('batcher of models', () => {
  const layers = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [2, 2] }),
      tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }),
    ],
  });
  const traced = traceLayersModel(layers);
  after(() => {
    traced.dispose();
    layers.dispose();
  });
  const rows = Array.from({ length: 40 }, (_, i) => Float32Array.of(i, 1, -i, 0.5));

  /** Sums of 4 products, in whatever order: within 4 roundings of the largest magnitudes, |x| <= 39, |w| <= 1. */
  const REORDER = 4 * 4 * 39 * 2 ** -24;

  for (const [name, model] of [
    ['Model', traced],
    ['tf.LayersModel', layers],
  ] as const) {
    it(`answers as the ${name} does alone (|difference| <= ${REORDER.toExponential(1)})`, async () => {
      const made: Batcher = batcher(model, { maxBatch: 40 });
      const answers = await Promise.all(rows.map((values) => made.predict(values)));
      rows.forEach((values, i) => {
        const alone = tf.tidy(() => (layers.predict(tf.tensor(values, [1, 2, 2])) as tf.Tensor).dataSync());
        const answer = answers[i]?.[0];
        expect(answer?.shape).to.deep.equal([3]);
        alone.forEach((value, at) => expect(answer?.values[at]).to.be.closeTo(value, REORDER));
      });
    });

    it(`refuses requests that the ${name} does not take, before others are touched`, async () => {
      const made = batcher(model);
      const good = made.predict({ values: rows[0] as Float32Array, shape: [2, 2] });
      for (const request of [
        ...[
          one(1),
          { values: rows[0], shape: [4, 1] },
          { other: rows[0] },
          { values: one(1), shape: [3] },
          'a',
          {},
        ],
        ...[undefined, [1, 2, 3, 4]],
      ]) {
        await expectCode('batcher/request', () => made.predict(request as never));
      }
      expect((await good)[0]?.values).to.have.length(3);
    });
  }

  it('gives inputs by name and all outputs', async () => {
    const a = tf.input({ shape: [1] });
    const b = tf.input({ shape: [2], dtype: 'int32' });
    const float = tf.layers
      .dense({ units: 2, useBias: false, kernelInitializer: 'ones' })
      .apply(a) as tf.SymbolicTensor;
    const embedded = tf.layers
      .embedding({ inputDim: 5, outputDim: 1, embeddingsInitializer: 'ones' })
      .apply(b) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [a, b], outputs: [float, embedded] });
    const [nameA, nameB] = model.inputNames as [string, string];
    const made = batcher(model);
    await expectNoLeak(async () => {
      const [x, y] = await made.predict({ [nameB]: Int32Array.of(1, 2), [nameA]: one(7) });
      expect(x).to.deep.equal({ values: Float32Array.of(7, 7), shape: [2] });
      expect(y).to.deep.equal({ values: Float32Array.of(1, 1), shape: [2, 1] });
    });
    const error = await expectCode('batcher/request', () => made.predict({ [nameA]: one(7) }));
    expect(error.message).to.include(nameB);
    model.dispose();
  });
});
