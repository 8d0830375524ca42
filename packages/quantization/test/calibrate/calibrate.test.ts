import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  Graph,
  GraphBuilder,
  loadModel,
  makeContext,
  Random,
  renameNodes,
  restoreFacts,
  runPass,
  type JsonObject,
  type Model,
  type Pass,
  type Progress,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import {
  calibrate,
  calibratePass,
  quantizationPasses,
  observers,
  rangesFact,
  type CalibrationData,
  type Range,
} from '../../src/index.js';

/** y = relu(2 x), z = y · 0, three numbers an example. */
function small(rows = -1): Model<'float'> {
  const b = new GraphBuilder();
  const x = b.input('x', [rows, 3]);
  const two = b.constant('two', 2);
  const doubled = b.op('Mul', [x, two], {}, 'layer/doubled');
  const y = b.op('Relu', [doubled], {}, 'layer/y');
  b.output(y).output(b.op('Mul', [y, b.constant('none', 0)], {}, 'z'));
  return b.build();
}

const COUNT = 20;
const random = Random.of(7);
const VALUES = Float32Array.from({ length: 3 * COUNT }, () => random.normal());
const least = Math.min(...VALUES);
const most = Math.max(...VALUES);

const batches = (size: number): tf.Tensor[] =>
  Array.from({ length: COUNT / size }, (_, i) =>
    tf.tensor(VALUES.slice(3 * size * i, 3 * size * (i + 1)), [size, 3]),
  );

async function rangesOf(data: CalibrationData, more: object = {}): Promise<Record<string, Range>> {
  const calibrated = await calibrate(small(), { data, ...more });
  return Object.fromEntries(calibrated.facts.need(rangesFact).values);
}

const examples = { inputs: { values: VALUES, shape: [COUNT, 3] } };

describe('calibrate', () => {
  it('finds the ranges of all activations, inputs included, constants not', async () => {
    expect(await rangesOf(examples)).to.deep.equal({
      x: { min: least, max: most },
      'layer/doubled': { min: 2 * least, max: 2 * most },
      'layer/y': { min: 0, max: 2 * most },
      z: { min: 0, max: 1, constant: 0 },
    });
  });

  const forms: Readonly<Record<string, () => CalibrationData>> = {
    'a tensor': () => tf.tensor(VALUES, [COUNT, 3]),
    'tensors with labels': () => ({ inputs: [tf.tensor(VALUES, [COUNT, 3])], labels: tf.ones([COUNT, 1]) }),
    'an array of batches': () => batches(5),
    'an array of inputs by name': () => batches(5).map((x) => ({ x })),
    'an array of {inputs}': () => batches(4).map((inputs) => ({ inputs })),
    'a generator': () => batches(2).values(),
    'a function of batches': () => () => batches(4).map((inputs) => ({ inputs, labels: tf.ones([4, 1]) })),
    'an asynchronous generator': () =>
      (async function* () {
        for (const batch of batches(4)) yield await Promise.resolve(batch);
      })(),
    'a data set of {xs, ys}': () =>
      tf.data
        .generator(() =>
          batches(1)
            .map((xs) => ({ xs: tf.reshape(xs, [3]), ys: tf.scalar(1) }))
            .values(),
        )
        .batch(4),
    'a data set of tensors': () =>
      tf.data
        .generator(() =>
          batches(1)
            .map((x) => tf.reshape(x, [3]))
            .values(),
        )
        .batch(5),
  };
  for (const [name, make] of Object.entries(forms)) {
    it(`takes ${name}`, async () => {
      expect(await rangesOf(make())).to.deep.equal(await rangesOf(examples));
    });
  }

  it('takes functions that give batches of inputs alone, as iterators do', async () => {
    expect(await rangesOf(() => batches(5))).to.deep.equal(await rangesOf(batches(5)[Symbol.iterator]()));
  });

  it('watches the values that are named, and keeps the ranges of others', async () => {
    const first = await calibrate(small(), { data: examples, values: ['layer/y'] });
    expect([...first.facts.need(rangesFact).values.keys()]).to.deep.equal(['layer/y']);
    const second = await calibrate(first, { data: examples, values: ['x'] });
    expect([...second.facts.need(rangesFact).values.keys()]).to.deep.equal(['layer/y', 'x']);
  });

  it('draws examples by the seed up to the limit, the same for the same seed', async () => {
    const options = { limit: 7, batchSize: 4, seed: 3 };
    const once = await rangesOf(examples, options);
    expect(await rangesOf(examples, options)).to.deep.equal(once);
    expect(await rangesOf(examples, { ...options, seed: 4 })).to.not.deep.equal(once);
    const calibrated = await calibrate(small(), { data: examples, ...options });
    expect(calibrated.facts.need(rangesFact).examples).to.equal(7);
  });

  it('takes no more of an endless iterator than the limit', async () => {
    const endless = function* (): Generator<tf.Tensor> {
      for (;;) yield tf.ones([4, 3]);
    };
    const calibrated = await calibrate(small(), { data: endless(), limit: 10 });
    expect(calibrated.facts.need(rangesFact).examples).to.equal(10);
  });

  it('gives a model of a fixed batch as many examples as it takes, and leaves out the rest', async () => {
    const calibrated = await calibrate(small(3), { data: examples });
    expect(calibrated.facts.need(rangesFact).examples).to.equal(18);
  });

  it('looks into graphs whose sizes depend on values', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [-1, 3]);
    const where = b.op('Where', [b.op('Greater', [x, b.constant('zero', 0)])], {}, 'where');
    b.output(b.op('Mul', [b.op('Cast', [where], { DstT: 'float32' }), b.constant('two', 2)], {}, 'y'));
    const calibrated = await calibrate(b.build(), { data: examples });
    const { values } = calibrated.facts.need(rangesFact);
    expect(values.get('x')).to.deep.equal({ min: least, max: most });
    expect(values.get('y')?.min).to.equal(0);
    expect(values.get('y')?.max).to.be.at.least(4);
  });

  it('leaves no tensors, whatever happens', async () => {
    const model = small();
    const held = batches(4);
    await expectNoLeak(() => calibrate(model, { data: examples }));
    await expectNoLeak(() => calibrate(model, { data: held, limit: 6 }));
    await expectNoLeak(() => calibrate(model, { data: batches(4).values(), observer: observers.mse() }));
    const bad = { inputs: { values: new Float32Array(6).fill(NaN), shape: [2, 3] } };
    await expectNoLeak(() => expectCode('quantization/data', () => calibrate(model, { data: bad })));
    expect(held.every((tensor) => !tensor.isDisposed)).to.equal(true);
    tf.dispose(held);
  });

  it('tells how far it is', async () => {
    const events: Progress[] = [];
    await calibrate(small(), { data: examples, progress: (event) => events.push(event) });
    expect(events.map(({ done, total }) => [done, total])).to.deep.equal([
      [8, 20],
      [16, 20],
      [20, 20],
    ]);
  });
});

describe('the ranges of a model', () => {
  it('follow new names', async () => {
    const calibrated = await calibrate(small(), { data: examples });
    const renamed = renameNodes(calibrated, new Map([['layer/y', 'out']]));
    expect(renamed.facts.need(rangesFact).values.get('out')).to.deep.equal({ min: 0, max: 2 * most });
    expect(rangesFact.check(renamed, renamed.facts.need(rangesFact))).to.deep.equal([]);
  });

  it('are broken by a pass that takes a value away', async () => {
    const calibrated = await calibrate(small(), { data: examples });
    const { graph, signature } = calibrated;
    const outputs = signature.outputs.filter(({ value }) => value !== 'z');
    const nodes = [...graph].filter(({ name }) => name !== 'z');
    const cut = calibrated.with({
      graph: new Graph(nodes, graph.inputs, ['layer/y'], graph.extras),
      signature: { ...signature, outputs },
    });
    const [violation] = rangesFact.check(cut, cut.facts.need(rangesFact));
    expect(violation?.subject).to.equal('z');
  });

  it('are saved with it, to the last bit', async () => {
    await withTempFolder(async (folder) => {
      const calibrated = await calibrate(small(), { data: examples, observer: observers.mse({ bins: 64 }) });
      await calibrated.save(`${folder}/model`);
      const loaded = restoreFacts(await loadModel(`${folder}/model/model.json`), [rangesFact]);
      expect(loaded.facts.need(rangesFact)).to.deep.equal(calibrated.facts.need(rangesFact));
    });
  });

  it('are refused where a file holds something else', async () => {
    for (const json of [null, { values: { x: [1] }, examples: 3 }, { values: { x: [2, 1] }, examples: 3 }]) {
      expect(() => rangesFact.fromJson?.(json)).to.throw();
    }
    await Promise.resolve();
  });
});

describe('the pass quantization/calibrate', () => {
  it('takes data by name and notes constants', async () => {
    const context = makeContext({ inputs: { photos: examples } });
    const result = await runPass(calibratePass({ data: 'photos' }), small(), context);
    expect(result.notes.map(({ message }) => message)).to.deep.equal([
      'ranges of 4 values over 20 examples (minMax)',
      "'z' is 0 throughout 20 examples: its range says little about other data",
    ]);
  });

  it('is made anew from its options', async () => {
    const pass = calibratePass({ observer: observers.percentile({ percentile: 99 }), limit: 9 });
    const make = (options: JsonObject): Pass | undefined =>
      quantizationPasses['quantization/calibrate']?.(options, () => []);
    const again = make(pass.options);
    expect(again?.options).to.deep.equal(pass.options);
    await expectCode('argument/invalid', () => make({ limits: 9 }));
    await expectCode('argument/invalid', () => make({ limit: '9' }));
  });
});

describe('calibrate refuses', () => {
  const bad = (values: ArrayLike<number>, shape: readonly number[]): CalibrationData => ({
    inputs: { values: Float32Array.from(values), shape },
  });

  it('what is no data', async () => {
    const none = undefined as unknown as CalibrationData;
    await expectCode('quantization/data', () => calibrate(small(), { data: none }));
    await expectCode('quantization/data', () =>
      calibrate(small(), { data: 3 as unknown as CalibrationData }),
    );
    await expectCode('quantization/data', () =>
      calibrate(small(), { data: ['a'] as unknown as CalibrationData }),
    );
    await expectCode('argument/invalid', () => calibrate(small(), undefined as never));
  });
  it('empty data', async () => {
    await expectCode('quantization/data', () => calibrate(small(), { data: [] }));
    await expectCode('quantization/data', () => calibrate(small(), { data: bad([], [0, 3]) }));
    await expectCode('quantization/data', () => calibrate(small(), { data: () => [] }));
  });
  it('data of another shape or type', async () => {
    await expectCode('model/input', () => calibrate(small(), { data: bad([1, 2], [1, 2]) }));
    await expectCode('model/input', () => calibrate(small(), { data: [tf.ones([2, 3], 'int32')] }));
    await expectCode('model/input', () => calibrate(small(), { data: [{ y: tf.ones([2, 3]) }] }));
  });
  it('NaN and infinities in data, naming the input', async () => {
    for (const number of [NaN, Infinity, -Infinity]) {
      const error = await expectCode('quantization/data', () =>
        calibrate(small(), { data: bad([0, number, 1], [1, 3]) }),
      );
      expect(error.message).to.contain("input 'x'").and.to.contain(String(number));
    }
  });
  it('values that become infinite, naming the first and its layer', async () => {
    const error = await expectCode('quantization/not-finite', () =>
      calibrate(small(), { data: bad([3e38, 0, 0], [1, 3]) }),
    );
    expect(error.message).to.contain("'layer/doubled' (layer 'doubled')").and.to.contain('Infinity');
  });
  it('a value that is not there, naming the nearest', async () => {
    const error = await expectCode('quantization/layer', () =>
      calibrate(small(), { data: examples, values: ['layer/yy'] }),
    );
    expect(error.message).to.contain("Did you mean 'layer/y'?");
    await expectCode('quantization/layer', () =>
      calibrate(small(), { data: examples, values: ['layer/y:1'] }),
    );
  });
  it('integer models, wrong numbers and unknown observers', async () => {
    const integer = small().with({ stage: 'integer' });
    await expectCode('model/stage', () => calibrate(integer, { data: examples }));
    await expectCode('argument/invalid', () => calibrate(small(), { data: examples, batchSize: 0 }));
    await expectCode('argument/invalid', () => calibrate(small(), { data: examples, limit: 1.5 }));
    const observer = { name: 'minmax', options: {} } as never;
    const error = await expectCode('argument/invalid', () =>
      calibrate(small(), { data: examples, observer }),
    );
    expect(error.message).to.contain("Did you mean 'minMax'?");
    await expectCode('argument/invalid', () => observers.percentile({ percentile: 101 }));
  });
  it('what is no model of core, saying what makes one of it', async () => {
    const error = await expectCode('argument/invalid', () =>
      calibrate('model/model.json' as never, { data: examples }),
    );
    expect(error.message).to.contain("got 'model/model.json'").and.to.contain('loadModel');
  });
  it('to go on once it is told to stop', async () => {
    const signal = AbortSignal.abort();
    await expectCode('aborted', () => calibrate(small(), { data: examples, signal }));
  });
});
