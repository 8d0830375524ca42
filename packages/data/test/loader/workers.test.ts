import {
  arrays,
  fromModule,
  loader,
  SampleError,
  type Loader,
  type LoaderOptions,
  type Sample,
} from '@tfjs-optimize/data';
import { expectCode, runChild, tempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { all, MODULE, numbered, valuesOf } from '../support/samples.js';

const ref = (name: string, options: unknown = {}) => ({ module: MODULE, export: name, options });

/** What an iteration throws. */
async function thrownBy(load: Loader): Promise<SampleError> {
  try {
    await all(load);
  } catch (error) {
    return error as SampleError;
  }
  throw new Error('expected an error, got none');
}

describe('loader with workers', () => {
  const opened: Loader[] = [];
  const load = (data: Parameters<typeof loader>[0], options: LoaderOptions): Loader => {
    const made = loader(data, options);
    opened.push(made);
    return made;
  };
  after(() => Promise.all(opened.map((each) => each.close())));

  it('gives the same batches for every number of workers and every prefetch, epoch by epoch', async () => {
    const options = { batchSize: 4, shuffle: true, seed: 3, transform: ref('drawn') };
    const data = numbered(30);
    const expected = loader(data, options);
    const [one, two] = [
      load(data, { ...options, workers: 1 }),
      load(data, { ...options, workers: 2, prefetch: 3 }),
    ];
    for (let epoch = 0; epoch < 2; epoch++) {
      const batches = await all(expected);
      expect(batches).to.have.length(8);
      for (const other of [one, two]) {
        const got = await all(other);
        for (const field of ['x', 'label', 'drawn', 'epoch', 'index']) {
          expect(valuesOf(got, field)).to.deep.equal(valuesOf(batches, field));
        }
        expect(got.map(({ indices }) => [...indices])).to.deep.equal(
          batches.map(({ indices }) => [...indices]),
        );
      }
    }
  });

  it('hands arrays over without a copy: those of workers fill buffers of their own', async () => {
    for (const { fields } of await all(load(numbered(4), { batchSize: 2, workers: 1 }))) {
      const { buffer, byteLength } = fields['x']?.values as Float32Array;
      expect(buffer).to.be.instanceOf(ArrayBuffer);
      expect(buffer.byteLength).to.equal(byteLength);
    }
  });

  it('lets all workers work, each a bounded number of batches ahead', async () => {
    const log = path.join(tempFolder(), 'log');
    const data = numbered(40);
    const made = load(data, {
      workers: 2,
      batchSize: 1,
      prefetch: 2,
      transform: ref('slow', { ms: 1, log }),
    });
    const batches = made[Symbol.asyncIterator]();
    const threads = new Set<number>();
    for (let i = 0; i < 6; i++) {
      const next = await batches.next();
      threads.add((next.value?.fields['thread']?.values as Float32Array)[0] as number);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(threads.size).to.equal(2);
    expect(fs.readFileSync(log, 'utf8').length).to.equal(6 + 2 * 2); // those taken, and two ahead for each worker
    await batches.return();
  });

  it('leaves the rest unread when the consumer stops early', async () => {
    const log = path.join(tempFolder(), 'log');
    const made = load(numbered(1000), {
      ...{ workers: 1, batchSize: 100, prefetch: 4, transform: ref('slow', { ms: 0.2, log }) },
    });
    for await (const _ of made) break;
    await new Promise((resolve) => setTimeout(resolve, 400));
    const read = fs.readFileSync(log, 'utf8').length;
    expect(read).to.be.within(100, 399); // without it the four batches ahead would be read: 500
  });

  it('ends workers at once when told to keep none', async () => {
    const made = load(numbered(8), { workers: 1, batchSize: 2, keepWorkersMs: 0 });
    for (const stop of [1, 9]) {
      let seen = 0;
      for await (const _ of made) if (++seen === stop) break;
      expect(seen).to.equal(Math.min(stop, 4));
    }
  });

  it('keeps workers for longer than timers last', async () => {
    const made = load(numbered(2), { workers: 1, keepWorkersMs: 3e9, transform: ref('slow', { ms: 0 }) });
    const threads: number[][] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      threads.push(...valuesOf(await all(made), 'thread'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(threads[0]).to.deep.equal(threads[1]);
  });

  it('reads data sets of modules, and parts of them', async () => {
    const data = await fromModule(ref('make', { length: 6 }));
    const batches = await all(load(data, { workers: 1, batchSize: 4 }));
    expect(valuesOf(batches, 'label')).to.deep.equal([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    expect(batches[0]?.fields['label']?.values).to.be.instanceOf(Int32Array);
    expect(valuesOf(batches, 'x')[1]).to.deep.equal([4, 16, 5, 25]);
    expect((await fromModule({ module: MODULE })).length).to.equal(4);
  });

  it('collates by modules, texts included, and reads streams', async () => {
    const collate = ref('doubled', { by: 2 });
    const stream = { stream: () => [0, 1, 2].map((label) => ({ label })) };
    const batches = await all(load(stream, { workers: 1, batchSize: 2, collate }));
    expect(valuesOf(batches, 'label')).to.deep.equal([[0, 2], [4]]);
    expect(batches[1]?.fields['text']).to.deep.equal({ values: ['a'], shape: [1] });
    const locally = await all(loader(stream, { batchSize: 2, collate }));
    expect(valuesOf(locally, 'label')).to.deep.equal([[0, 2], [4]]);
  });

  it('passes on what a sample throws, with its number and cause, after the batches before it', async () => {
    const made = load(numbered(8), {
      workers: 2,
      batchSize: 2,
      transform: ref('trouble', { at: 5, how: 'throw' }),
    });
    const seen: number[] = [];
    let error: unknown;
    try {
      for await (const { indices } of made) seen.push(...indices);
    } catch (thrown) {
      error = thrown;
    }
    expect(seen).to.deep.equal([0, 1, 2, 3]);
    expect(error).to.be.instanceOf(SampleError);
    expect(error).to.include({ index: 5, code: 'data/sample' });
    expect((error as SampleError).message).to.match(/^sample 5: .*no sample 5/);
    expect((error as SampleError).cause).to.have.property('message', 'no sample 5');
  });

  for (const [kind, message] of [
    ['circle', /in circles/],
    ['wordless', /called/],
    ['mute', /what cannot be told in words/],
    ['bare', /what cannot be told in words/],
    ['symbol', /Symbol\(a\)/],
  ] as const) {
    it(`passes on what is hard to tell of (${kind}), with and without workers`, async () => {
      for (const workers of [0, 1]) {
        const error = await thrownBy(load(numbered(2), { workers, transform: ref('strange', kind) }));
        expect(error).to.be.instanceOf(SampleError);
        expect(error).to.include({ name: 'SampleError', index: 0, code: 'data/sample' });
        expect(error.message).to.match(message);
      }
    });
  }

  it('tells of which samples collate made no batch, with and without workers', async () => {
    for (const workers of [0, 1]) {
      const made = load(numbered(4), { workers, batchSize: 2, collate: ref('failing') });
      const error = await expectCode('data/code', () => all(made));
      expect(error.message).to.equal('collate, for samples 0, 1: expected a batch, got no batch.');
      expect(error.cause).to.have.property('message', 'no batch');
    }
  });

  it('replaces a worker that exits, and does its batch again', async () => {
    const once = path.join(tempFolder(), 'once');
    const transform = ref('trouble', { at: 5, how: 'exit', once });
    const batches = await all(load(numbered(12), { workers: 2, batchSize: 2, transform }));
    expect(fs.existsSync(once)).to.equal(true);
    expect(valuesOf(batches, 'label').flat()).to.deep.equal(Array.from({ length: 12 }, (_, i) => i));
  });

  for (const [how, message] of [
    ['exit', /sample 5: .*exit status 3.*samples 4, 5/],
    ['uncaught', /sample 5: .*thrown in a timer/],
  ] as const) {
    it(`gives up a batch that ends two workers (${how}), naming the sample`, async () => {
      const made = load(numbered(8), { workers: 1, batchSize: 2, transform: ref('trouble', { at: 5, how }) });
      const error = await expectCode('data/worker', () => all(made));
      expect(error.message).to.match(message);
      expect(error).to.have.property('index', 5);
    });
  }

  it('tells why workers do not start', async () => {
    const data = await fromModule(ref('exitAtOnce'));
    const error = await expectCode('data/worker', () => all(load(data, { workers: 1 })));
    expect(error.message).to.match(/a worker that starts: .*exit status 7/);
    const source = () => ({ kind: 'module', ...ref('make', { fail: true }) }) as const;
    const failing = { length: 2, get: () => ({ x: 1 }), source };
    const thrown = await expectCode('data/code', () => all(load(failing, { workers: 1 })));
    expect(thrown.message).to.match(
      /^what make of .*module\.ts gives: expected a data set, got cannot be made/,
    );
    await expectCode('data/code', () => fromModule(ref('make', { fail: true })));
    const missing = load(numbered(2), { workers: 1, transform: ref('none') });
    await expectCode('argument/invalid', () => all(missing));
  });

  it('refuses functions, which cannot go to other threads', async () => {
    const data = numbered(2);
    const same = (sample: Sample): Sample => sample;
    for (const [subject, options, other] of [
      ['transform', { transform: same }, data],
      ['transform', { transform: [ref('drawn'), same] }, data],
      ['collate', { collate: () => ({}) }, data],
      ['dataset', {}, { length: 1, get: () => ({ x: 1 }) }],
    ] as const) {
      const error = await expectCode('data/function', () => loader(other, { ...options, workers: 1 }));
      expect(error.message).to.match(new RegExp(`^${subject}: .*workers: 0`));
    }
  });

  it('refuses what cannot be copied to other threads', async () => {
    const data = numbered(2);
    const options = { call: () => 1 };
    for (const part of ['transform', 'collate']) {
      const error = await expectCode('argument/invalid', () =>
        loader(data, { workers: 1, [part]: ref('drawn', options) }),
      );
      expect(error.message).to.match(
        new RegExp(`^options of ${part}: .*structuredClone.*could not be cloned`),
      );
    }
    await expectCode('argument/invalid', () => fromModule(ref('make', options)));
    const source = () => ({ kind: 'module', ...ref('make', options) }) as const;
    const own = load({ length: 2, get: () => ({ x: 1 }), source }, { workers: 2 });
    const stream = load({ stream: () => [{ x: (() => 1) as never }] }, { workers: 1, keepWorkersMs: 0 });
    const error = await expectCode('argument/invalid', () => all(own));
    expect(error.message).to.match(/^source of the data set: /);
    expect((await expectCode('argument/invalid', () => all(stream))).message).to.match(
      /^batch of samples 0: /,
    );
  });

  it('ends with aborted while workers are busy', async () => {
    const control = new AbortController();
    const made = load(numbered(8), {
      ...{ workers: 1, batchSize: 1, signal: control.signal, transform: ref('slow', { ms: 100 }) },
    });
    setTimeout(() => control.abort(), 20);
    await expectCode('aborted', () => all(made));
  });

  it('shares columns in memory between threads', () => {
    const data = arrays({ x: [1, 2] });
    const source = data.source?.();
    expect(data.source?.()).to.equal(source); // one copy, however often workers are started
    const { x } = (source as unknown as { columns: { x: { values: Float32Array } } }).columns;
    expect(x.values.buffer).to.be.instanceOf(SharedArrayBuffer);
  });

  it('serves a program on the command line, and lets it end with workers idle and iterations open', async () => {
    const text = `
      import { createRequire } from 'node:module';
      const { loader, arrays } = createRequire(process.cwd() + '/here.js')('@tfjs-optimize/data');
      const data = arrays({ x: [1, 2, 3, 4] });
      for await (const { size } of loader(data, { workers: 1 })) console.log('read', size);
      const open = loader(data, { workers: 1, batchSize: 1 })[Symbol.asyncIterator]();
      console.log('read', (await open.next()).value.size);`;
    const nodeOptions = ['--conditions=@tfjs-optimize/source', '--require', 'ts-node/register'];
    const options = {
      nodeOptions: [...nodeOptions, '--input-type=module'],
      cwd: __dirname,
      timeoutMs: 60_000,
    };
    const { code, stdout, stderr } = await runChild('--eval', [text], options);
    expect(stderr).to.equal('');
    expect(stdout).to.equal('read 4\nread 1\n');
    expect(code).to.equal(0);
  });
});
