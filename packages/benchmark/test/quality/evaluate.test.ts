import * as tf from '@tensorflow/tfjs';
import { isOptimizeError, traceLayersModel, type Progress } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as v from 'valibot';
import {
  accuracy,
  agreement,
  confusionMatrix,
  evaluate,
  meanSquaredError,
  topK,
  type LabelledBatch,
} from '../../src/quality/index.js';
import { QUALITY } from '../../src/record/profile.js';
import { handOn, scoresOf } from './score.js';

const EXAMPLES = 23;
const metrics = () => [accuracy(), topK(2), confusionMatrix()];

describe('evaluate', () => {
  let layers: tf.LayersModel;
  let xs: tf.Tensor;
  let ys: tf.Tensor;

  before(async () => {
    await tf.setBackend('cpu');
    layers = nets.mlp({ seed: 1 });
    xs = nets.uniformTensor([EXAMPLES, 16], 2);
    // Two thirds are what the model says, the others the next class.
    ys = tf.tidy(() => {
      const own = tf.argMax(layers.predict(xs) as tf.Tensor, 1);
      const off = tf.tensor1d(
        Array.from({ length: EXAMPLES }, (_, i) => (i % 3 === 0 ? 1 : 0)),
        'int32',
      );
      return tf.mod(tf.add(own, off), 4);
    });
  });

  after(() => {
    layers.dispose();
    tf.dispose([xs, ys]);
  });

  const expected = 15 / EXAMPLES;

  /** Batches of 5, the last of 3, made when they are asked for. */
  async function* made(): AsyncGenerator<LabelledBatch> {
    for (let start = 0; start < EXAMPLES; start += 5) {
      const size = Math.min(5, EXAMPLES - start);
      await Promise.resolve();
      yield { xs: tf.slice(xs, start, size), ys: tf.slice(ys, start, size) };
    }
  }

  it('scores models of every kind and functions alike', async () => {
    const model = traceLayersModel(layers);
    const predict = (inputs: tf.Tensor[]) => layers.predict(inputs) as tf.Tensor;
    for (const candidate of [layers, model, predict]) {
      const record = await evaluate(candidate, { xs, ys }, metrics(), { batchSize: 5 });
      expect(record.examples).to.equal(EXAMPLES);
      expect(record.scores[0]?.value).to.equal(expected);
      expect(v.is(QUALITY, JSON.parse(JSON.stringify(record)))).to.equal(true);
    }
    model.dispose();
  });

  it('takes tensors, lists, generators and datasets, and gives the same record', async () => {
    const whole = await evaluate(layers, { xs, ys }, metrics());
    const list = [0, 5, 10, 15, 20].map((start) => {
      const size = Math.min(5, EXAMPLES - start);
      return { xs: tf.slice(xs, start, size), ys: tf.slice(ys, start, size) };
    });
    expect(await evaluate(layers, list, metrics())).to.deep.equal(whole);
    // They stay the caller's.
    expect(await evaluate(layers, list, metrics())).to.deep.equal(whole);
    tf.dispose(list);
    expect(await evaluate(layers, made(), metrics())).to.deep.equal(whole);
    const dataset = tf.data
      .zip({ xs: tf.data.array(xs.arraySync() as number[][]), ys: tf.data.array(ys.arraySync() as number[]) })
      .batch(5);
    expect(await evaluate(layers, dataset, metrics())).to.deep.equal(whole);
  });

  it('leaves no tensors behind', async () => {
    const list = [{ xs, ys }];
    await expectNoLeak(() => evaluate(layers, { xs, ys }, metrics(), { batchSize: 5 }));
    await expectNoLeak(() => evaluate(layers, list, metrics()));
    await expectNoLeak(() => evaluate(layers, made(), metrics()));
    const zipped = tf.data.zip({
      xs: tf.data.array(xs.arraySync() as number[][]),
      ys: tf.data.array(ys.arraySync() as number[]),
    });
    await expectNoLeak(() => evaluate(layers, zipped.batch(5), metrics()));
    await expectNoLeak(() => evaluate(layers, { xs }, [agreement(layers)], { batchSize: 5 }));
    expect(xs.isDisposed).to.equal(false);
  });

  it('leaves none behind after an error or an abort either, and closes the generator', async () => {
    let closed = 0;
    async function* watched(): AsyncGenerator<LabelledBatch> {
      try {
        yield* made();
      } finally {
        closed++;
      }
    }
    const failing = {
      ...accuracy(),
      start: () => ({ add: () => Promise.reject(new Error('no')), result: () => ({}) }),
    };
    await expectNoLeak(async () => {
      const error = await evaluate(layers, watched(), [failing]).catch((thrown: unknown) => thrown);
      expect(error).to.be.an('error').with.property('message', 'no');
    });
    expect(closed).to.equal(2);
    await expectNoLeak(async () => {
      const control = new AbortController();
      const progress = ({ done }: Progress) => {
        if (done === 10) control.abort();
      };
      await expectCode('aborted', () =>
        evaluate(layers, watched(), metrics(), { signal: control.signal, progress }),
      );
    });
    expect(closed).to.equal(4);
  });

  it('tells progress: examples done, and of how many where that is known', async () => {
    const events: Progress[] = [];
    const progress = (event: Progress) => void events.push(event);
    await evaluate(layers, { xs, ys }, metrics(), { batchSize: 10, progress });
    expect(events).to.deep.equal([10, 20, 23].map((done) => ({ task: 'evaluate', done, total: EXAMPLES })));
    events.length = 0;
    await evaluate(layers, made(), metrics(), { progress });
    expect(events.map(({ done }) => done)).to.deep.equal([5, 10, 15, 20, 23]);
    expect(events[0]).not.to.have.property('total');
  });

  it('holds predictions of one batch at a time', async () => {
    let most = 0;
    const before = tf.memory().numTensors;
    const watching = (inputs: tf.Tensor[]) => {
      most = Math.max(most, tf.memory().numTensors - before);
      return layers.predict(inputs) as tf.Tensor;
    };
    await evaluate(watching, { xs, ys }, metrics(), { batchSize: 2 });
    // The slices of xs and ys.
    expect(most).to.equal(2);
  });

  it('agreement with a reference needs no labels', async () => {
    const other = nets.mlp({ seed: 9 });
    const same = await evaluate(traceLayersModel(layers), { xs }, [agreement(layers)], { batchSize: 7 });
    expect(same.scores).to.deep.equal([
      { name: 'agreement with the reference', value: 1, higherIsBetter: true },
    ]);
    const [a, b] = tf.tidy(() =>
      [layers, other].map((net) => tf.argMax(net.predict(xs) as tf.Tensor, 1).arraySync() as number[]),
    ) as [number[], number[]];
    const agreed = a.filter((own, i) => own === b[i]).length;
    expect(agreed).to.be.within(1, EXAMPLES - 1);
    const found = await evaluate(other, { xs }, [agreement(layers)]);
    expect(found.scores[0]?.value).to.equal(agreed / EXAMPLES);
    other.dispose();
  });

  it('NaN agrees with nothing, not even NaN; other shapes are refused', async () => {
    const broken = tf.tensor2d([
      [NaN, 0],
      [0, 1],
    ]);
    const found = await evaluate(handOn, { xs: broken }, [agreement(handOn)]);
    expect(found.scores[0]?.value).to.equal(0.5);
    expect(found.notANumber).to.equal(1);
    const twice = tf.concat([broken, broken]);
    const both = await evaluate(handOn, { xs: twice }, [agreement(handOn)], { batchSize: 1 });
    expect(both.notANumber, 'over all batches').to.equal(2);
    tf.dispose([broken, twice]);
    await expectCode('quality/output', () => evaluate(layers, { xs }, [agreement(handOn)]));
  });

  it('scores one of several outputs by its key', async () => {
    const two = ([x]: tf.Tensor[]) => ({
      zeros: tf.zerosLike(x as tf.Tensor),
      own: (x as tf.Tensor).clone(),
    });
    const data = { xs: tf.tensor2d(scoresOf([0, 1], 2)), ys: tf.tensor1d([1, 1]) };
    const scored = async (output: string) =>
      (await evaluate(two, data, [accuracy()], { output })).scores[0]?.value;
    expect(await scored('own')).to.equal(0.5);
    expect(await scored('zeros')).to.equal(0);
    const error = await expectCode('argument/missing', () => evaluate(two, data, [accuracy()]));
    expect(error.message).to.contain("'zeros', 'own'");
    await expectCode('argument/invalid', () => scored('owm'));
    tf.dispose(data);
  });

  it('takes inputs by key and as lists', async () => {
    const sum = (inputs: tf.Tensor[]) => tf.tidy(() => tf.addN(inputs));
    const a = tf.tensor2d([[1], [2], [3]]);
    const ys = tf.tensor1d([2, 4, 7]);
    for (const xs of [[a, a], { left: a, right: a }]) {
      const found = await evaluate(sum, { xs, ys }, [meanSquaredError()], { batchSize: 2 });
      expect(found.scores[0]?.value).to.be.closeTo(1 / 3, 1e-12);
    }
    tf.dispose([a, ys]);
  });

  describe('refuses', () => {
    it('no metrics, two of a name, broken batch sizes', async () => {
      await expectCode('argument/missing', () => evaluate(layers, { xs, ys }, []));
      await expectCode('argument/invalid', () => evaluate(layers, { xs, ys }, [accuracy(), accuracy()]));
      for (const batchSize of [0, -1, 1.5, NaN]) {
        await expectCode('argument/invalid', () => evaluate(layers, { xs, ys }, metrics(), { batchSize }));
      }
    });

    it('no examples', async () => {
      await expectCode('argument/missing', () => evaluate(layers, [], metrics()));
      const none = tf.zeros([0, 16]);
      await expectCode('argument/missing', () =>
        evaluate(layers, { xs: none, ys: tf.zeros([0]) }, metrics()),
      );
    });

    it('missing labels, where a metric asks for them', async () => {
      for (const metric of [accuracy(), topK(2), meanSquaredError(), confusionMatrix()]) {
        const error = await expectCode('argument/missing', () => evaluate(layers, { xs }, [metric]));
        expect(error.message).to.contain(metric.name);
      }
    });

    it('what is no data: other values, numbers of examples that do not agree, scalars', async () => {
      for (const bad of [7, null, 'data', {}, xs]) {
        await expectCode('argument/invalid', () => evaluate(layers, bad as never, metrics()));
      }
      for (const bad of [[xs], [{ ys }], [7]]) {
        await expectCode('argument/invalid', () => evaluate(layers, bad as never, metrics()));
      }
      const fewer = tf.slice(ys, 0, 3);
      await expectCode('argument/invalid', () => evaluate(layers, { xs, ys: fewer }, metrics()));
      const scalar = tf.scalar(1);
      await expectCode('argument/invalid', () => evaluate(layers, { xs, ys: scalar }, metrics()));
      tf.dispose([fewer, scalar]);
    });

    it('inputs that do not fit the model, naming the input', async () => {
      const wrong = tf.zeros([EXAMPLES, 15]);
      const error = await expectCode('model/input', () => evaluate(layers, { xs: wrong, ys }, metrics()));
      expect(error.message).to.contain('[-1,16]');
      wrong.dispose();
    });

    it('outputs that are no rows', async () => {
      const mean = ([x]: tf.Tensor[]) => tf.mean(x as tf.Tensor);
      await expectCode('quality/output', () => evaluate(mean, { xs, ys }, metrics()));
      const names = () => tf.tensor1d(['a'], 'string');
      await expectCode('quality/output', () => evaluate(names, { xs, ys }, metrics()));
    });

    it('all before any work', async () => {
      let calls = 0;
      const counting = (inputs: tf.Tensor[]) => (calls++, handOn(inputs));
      await evaluate(counting, { xs, ys: xs }, []).catch((error: unknown) =>
        expect(isOptimizeError(error)).to.equal(true),
      );
      expect(calls).to.equal(0);
    });
  });
});
