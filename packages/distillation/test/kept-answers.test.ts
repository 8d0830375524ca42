import { distill, type DistillOptions } from '@tfjs-optimize/distillation';
import { fit, traceLayersModel, type FitResult, type Model, type Progress } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets, tempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { bytesOf, examples, net, runsOf, SETTINGS, SIZE } from './task.js';

describe('answers that are kept', function () {
  this.timeout(30_000);
  let data: ReturnType<typeof examples>;
  let validation: ReturnType<typeof examples>;
  let teacher: Model<'float'>;
  const student = (): Model<'float'> => net([6, 5, 3], 7);
  before(async () => {
    await tf.setBackend('cpu');
    [data, validation] = [examples(), examples(2)];
    teacher = (await fit(net([6, 24, 3], 1), { ...SETTINGS, epochs: 30, data, loss: 'crossEntropy' })).model;
  });
  after(() => {
    teacher.dispose();
    tf.dispose([data.inputs, data.labels, validation.inputs, validation.labels]);
  });

  const trained = async (options: Partial<DistillOptions>): Promise<FitResult> =>
    distill(student(), teacher, { data, ...SETTINGS, ...options });
  /** Runs of the teacher, and the student's weights. */
  const counted = async (options: Partial<DistillOptions>): Promise<[number, Record<string, string>]> => {
    let bytes = {};
    const runs = await runsOf(teacher, async () => void (bytes = bytesOf((await trained(options)).model)));
    return [runs, bytes];
  };

  it('spare the teacher all epochs but the first, and change nothing', async () => {
    const [kept, asked] = [await counted({ cache: 'memory' }), await counted({ cache: false })];
    expect([kept[0], asked[0]]).to.deep.equal([3, 9]);
    expect(kept[1]).to.deep.equal(asked[1]);
  });

  it('are of validation data, too, whose numbers they leave as they are', async () => {
    const settings = { validation, metrics: ['accuracy'] } as const;
    const results: FitResult[] = [];
    const run = async (options: Partial<DistillOptions>): Promise<number> =>
      runsOf(teacher, async () => void results.push(await trained({ ...settings, ...options })));
    // Three batches of 32 and one of validation: once, and at each of three epochs.
    expect(await run({})).to.equal(3 + 1);
    expect(await run({ cache: false })).to.equal(3 * (3 + 1));
    const [kept, asked] = results;
    expect(kept?.history).to.deep.equal(asked?.history);
    // What the student alone is measured by is right: the accuracy of its last weights.
    const labels = validation.labels.dataSync();
    const classes = tf.tidy(() =>
      tf.argMax(kept?.model.run(validation.inputs)[0] as tf.Tensor, 1).dataSync(),
    );
    const right = classes.filter((each, i) => each === labels[i]).length / SIZE;
    expect(kept?.history.at(-1)?.numbers['validation/accuracy']).to.be.closeTo(right, 1e-6);
  });

  it('serve validation data with labels where training data have none', async () => {
    const { history } = await trained({ data: { inputs: data.inputs }, validation, metrics: ['accuracy'] });
    expect(Object.keys(history[0]?.numbers ?? {})).to.deep.equal([
      'loss',
      'validation/loss',
      'validation/accuracy',
    ]);
  });

  describe('in a folder', () => {
    const folderOf = (): string => path.join(tempFolder('answers'), 'cache');

    it('spare it all epochs of the next training', async () => {
      const folder = folderOf();
      const settings = { validation, cache: { folder } };
      const first = await counted(settings);
      const second = await counted(settings);
      expect([first[0], second[0]]).to.deep.equal([4, 0]);
      expect(second[1]).to.deep.equal(first[1]);
      expect(fs.readdirSync(path.dirname(folder))).to.deep.equal(['cache', 'cache-validation']);
    });

    it('are refused to other teachers, examples and matches, and left as they are', async () => {
      const folder = folderOf();
      const cache = { folder };
      await trained({ cache, validation });
      const files = [folder, `${folder}-validation`].map((each) => path.join(each, 'model.json'));
      const before = files.map((file) => fs.readFileSync(file));
      const moved = tf.tidy(() => data.inputs.add(1));
      const others: [string, () => Promise<unknown>][] = [
        [
          'cache: expected answers of these teachers for these examples, got those of other teachers',
          () => distill(student(), net([6, 24, 3], 1), { ...SETTINGS, data, cache }),
        ],
        [
          'cache: expected answers of these teachers for these examples, got those of other examples',
          () => trained({ cache, data: { inputs: moved, labels: data.labels } }),
        ],
        [
          'cache-validation: expected answers of these teachers for these examples, got those of other examples',
          () => trained({ cache, validation: { inputs: moved, labels: data.labels } }),
        ],
        [
          'got those of other values. The layers that are matched were others',
          () => trained({ cache, match: [{ student: 'dense_0', teacher: 'dense_0' }] }),
        ],
      ];
      for (const [says, work] of others) {
        const runs = await runsOf(teacher, async () => {
          expect((await expectCode('distillation/cache', work)).message).to.include(says);
        });
        expect(runs, says).to.equal(0);
      }
      expect(files.map((file) => fs.readFileSync(file))).to.deep.equal(before);
      moved.dispose();
    });

    it('are refused in the place of another model', async () => {
      const folder = folderOf();
      await teacher.save(folder);
      const { message } = await expectCode('distillation/cache', () => trained({ cache: { folder } }));
      expect(message).to.include('got another model');
    });

    it('are refused a place that cannot be written to, before anything is trained', async () => {
      const file = path.join(tempFolder('answers'), 'file');
      fs.writeFileSync(file, 'x');
      const runs = await runsOf(teacher, async () => {
        const error = await trained({ cache: { folder: path.join(file, 'cache') } }).then(
          () => undefined,
          (reason: unknown) => reason as Error & { code: string },
        );
        expect(error?.code).to.match(/^io\//);
      });
      expect(runs).to.equal(0);
    });

    it('hold what was asked where a training ends before its first epoch does, and are added to', async () => {
      const folder = folderOf();
      const runs = await runsOf(teacher, () =>
        trained({
          cache: { folder },
          shuffle: false,
          callbacks: { onStep: ({ step }) => void (step === 2 && fail()) },
        }).catch((reason: unknown) => expect((reason as Error).message).to.include('a callback that fails')),
      );
      expect(runs).to.equal(2);
      const whole = await counted({ cache: false });
      // Those that are known in the order of the examples make whole batches without a shuffle alone.
      const plain = await counted({ cache: { folder }, shuffle: false });
      expect(plain[0]).to.equal(1);
      expect(plain[1]).to.deep.equal((await counted({ cache: false, shuffle: false }))[1]);
      const after = await counted({ cache: { folder } });
      expect(after).to.deep.equal([0, whole[1]]);
    });

    it('are told apart by each of several inputs', async () => {
      const pair = (seed: number): Model<'float'> => {
        const [a, b] = ['a', 'b'].map((name) => tf.input({ shape: [3], name })) as [
          tf.SymbolicTensor,
          tf.SymbolicTensor,
        ];
        const weigh = (x: tf.SymbolicTensor, units: number, name: string): tf.SymbolicTensor =>
          tf.layers
            .dense({
              units,
              name,
              kernelInitializer: tf.initializers.glorotNormal({
                seed: seed + name.charCodeAt(name.length - 1),
              }),
            })
            .apply(x) as tf.SymbolicTensor;
        const both = tf.layers.add().apply([weigh(a, 4, 'of_a'), weigh(b, 4, 'of_b')]) as tf.SymbolicTensor;
        const layers = tf.model({ inputs: [a, b], outputs: weigh(both, 3, 'scores') });
        const model = traceLayersModel(layers);
        layers.dispose();
        return model;
      };
      const [small, large] = [pair(1), pair(2)];
      const [a, b] = [nets.uniformTensor([8, 3], 1), nets.uniformTensor([8, 3], 2)] as [tf.Tensor, tf.Tensor];
      const settings = { epochs: 1, cache: { folder: folderOf() }, learningRate: 0 };
      const first = await distill(small, large, { ...settings, data: { inputs: [a, b] } });
      const code = 'distillation/cache';
      await expectCode(code, () => distill(small, large, { ...settings, data: { inputs: [b, a] } }));
      // By name in any order: a teacher gets each input in its place.
      const named = await distill(small, large, { ...settings, cache: false, data: { inputs: { b, a } } });
      expect(named.history).to.deep.equal(first.history);
      tf.dispose([a, b]);
    });
  });

  describe('and would take too much', () => {
    /** 90 examples of three classes. */
    const NEEDED = SIZE * 3 * 4;

    it('are not kept, which is told with what would allow it', async () => {
      const told: Progress[] = [];
      const [enough, few] = [
        await counted({ cache: { most: NEEDED } }),
        await counted({ cache: { most: NEEDED - 1 }, progress: (event) => void told.push(event) }),
      ];
      expect([enough[0], few[0]]).to.deep.equal([3, 9]);
      expect(few[1]).to.deep.equal(enough[1]);
      const says =
        'Teachers are asked about the data at each epoch: their answers would take 1.08 kB, of which 1.08 kB are ' +
        'left. cache: { most: 1080 } keeps them';
      expect(told.filter(({ task }) => task === 'distill')).to.deep.equal([
        { task: 'distill', message: says },
      ]);
      const { notes } = await trained({ cache: { most: 1 } });
      expect(notes.map(({ level, message }) => [level, message])).to.deep.equal([
        ['warning', says.replace('1.08 kB are', '1 B are')],
      ]);
      expect((await trained({})).notes).to.deep.equal([]);
    });

    it('are counted with what is matched, and with those about validation data', async () => {
      const match = [{ student: 'dense_0', teacher: 'dense_0' }];
      const wide = SIZE * (3 + 24) * 4;
      const runs = async (most: number): Promise<number> =>
        (await counted({ match, validation, cache: { most } }))[0];
      expect([await runs(2 * wide), await runs(2 * wide - 1), await runs(wide - 1)]).to.deep.equal([
        4, 6, 12,
      ]);
    });

    it('are not read from a folder, either', async () => {
      const folder = path.join(tempFolder('answers'), 'cache');
      await trained({ cache: { folder } });
      expect((await counted({ cache: { folder, most: NEEDED - 1 } }))[0]).to.equal(9);
      expect((await counted({ cache: { folder } }))[0]).to.equal(0);
    });
  });

  it('are not kept of augmented examples: teacher and student see the same batch', async () => {
    const seen: number[] = [];
    const [runs] = await counted({
      validation,
      augment: ({ inputs: given, labels }, random) => {
        seen.push(random.uniform());
        return { inputs: tf.add(given as tf.Tensor, 0.1), ...(labels && { labels }) };
      },
    });
    // Validation data are as they are, and asked about once.
    expect(runs).to.equal(9 + 1);
    expect(new Set(seen).size).to.equal(9);
    // A shift that only one of them saw would keep a student from being its own teacher.
    const own = await distill(teacher, teacher, {
      data: { inputs: data.inputs },
      epochs: 1,
      learningRate: 0,
      augment: ({ inputs: given }) => ({ inputs: tf.mul(given as tf.Tensor, -2) }),
    });
    expect(own.history[0]?.numbers['loss']).to.be.closeTo(0, 1e-6);
  });

  it('leak nothing, kept or not, wherever asking fails', async () => {
    const folder = path.join(tempFolder('answers'), 'cache');
    for (const cache of ['memory', { most: 1 }, { folder }] as const)
      await expectNoLeak(() => trained({ cache, validation }));
    const failing = async (): Promise<unknown> => {
      let asked = 0;
      return trained({
        cache: false,
        callbacks: { onStep: () => void (++asked === 2 && fail()) },
      }).catch((reason: unknown) => reason);
    };
    await expectNoLeak(failing);
  });
});

function fail(): never {
  throw new Error('a callback that fails');
}
