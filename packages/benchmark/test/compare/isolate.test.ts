import * as tf from '@tensorflow/tfjs';
import { backend } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { compare, type CompareOptions } from '../../src/index.js';
import { dense, stock, twoInputs } from '../measure/candidates.js';

const WORK = path.join(__dirname, 'fixtures/work.mjs');
const quick: CompareOptions = { isolate: true, warmUpMs: 2, runs: 5, minSampleMs: 0.1 };

const at = (name: string) => ({ module: WORK, export: name });

/** Folders for models that are sent to children. */
const leftFolders = (): string[] =>
  fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('tfjs-optimize-models-'));

/** Runs `work` and gives the processes in which candidates ran. */
async function processesOf(work: () => Promise<unknown>): Promise<number[]> {
  return withTempFolder(async (folder) => {
    const file = path.join(folder, 'pids');
    process.env['TFJS_OPTIMIZE_TEST_PIDS'] = file;
    try {
      await work();
    } finally {
      delete process.env['TFJS_OPTIMIZE_TEST_PIDS'];
    }
    return [...new Set(fs.readFileSync(file, 'utf8').trim().split('\n').map(Number))];
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('compare with isolate', function () {
  this.timeout(60_000);
  before(() => backend.use('cpu'));

  it('runs each candidate in a process of its own on the same inputs, and leaves none behind', async () => {
    const pids = await processesOf(async () => {
      const { isolated, measurements, against } = await compare(
        { a: at('noted'), b: at('noted') },
        [],
        quick,
      );
      expect(isolated).to.equal(true);
      expect(measurements.map(({ samples }) => samples.length)).to.deep.equal([5, 5]);
      expect(measurements[1]?.machine.backend).to.equal('cpu');
      expect(against[0]?.difference?.max).to.equal(0);
    });
    expect(pids).to.have.length(2).and.not.include(process.pid);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('sends models of every kind and tensors of every type, and removes what it wrote', async () => {
    const model = dense();
    const graph = stock(model);
    const x = tf.tensor2d([[1, -1, 1]]);
    const layers = twoInputs();
    const [a, b] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
    const folders = leftFolders();
    await expectNoLeak(async () => {
      const { against } = await compare({ model, graph }, { x }, quick);
      expect(against[0]?.difference).to.include({ max: 0, incomparable: 0 });
    });
    const { measurements } = await compare(
      { layers, again: layers },
      { b, a },
      { ...quick, backend: 'wasm' },
    );
    expect(measurements[0]?.inputs.map(({ key }) => key)).to.deep.equal(['a', 'b']);
    expect(measurements[0]?.machine.backend).to.equal('wasm');
    expect(tf.getBackend()).to.equal('cpu');
    expect(leftFolders()).to.deep.equal(folders);
    const typed = [tf.scalar(1), tf.tensor1d([3], 'int32'), tf.tensor1d([true], 'bool')];
    await compare({ a: at('summed'), b: at('summed') }, typed, quick);
    tf.dispose([x, a, b, typed]);
    for (const each of [model, graph, layers]) each.dispose();
  });

  it('gives errors of children with their codes, and leaves no process behind', async () => {
    const fails = await expectCode('compare/child', () =>
      compare({ a: at('fails'), b: at('ones') }, [], quick),
    );
    expect(fails.message).to.contain("process of candidate 'a'").and.contain('no luck today');
    const model = dense();
    const wide = tf.ones([1, 4]);
    const input = await expectCode('model/input', () => compare({ model, again: model }, wide, quick));
    expect(input.message).to.match(/^input 'x': expected a tensor of \[-1,3\] float32, got \[1,4\] float32/);
    const differ = await expectCode('compare/outputs', () =>
      compare({ a: at('ones'), b: at('noted') }, [], quick),
    );
    expect(differ.message).to.contain("'b'");
    await expectCode('io/not-found', () => compare({ a: 'gone', b: at('ones') }, [], quick));
    wide.dispose();
    model.dispose();
  });

  it('tells of a child that dies, with what it said last', async () => {
    const pids = await processesOf(async () => {
      const error = await expectCode('compare/child', () =>
        compare({ fine: at('noted'), dies: at('dies') }, [], { ...quick, differByDesign: true }),
      );
      expect(error.message).to.contain("'dies'").and.contain('exit status 3').and.contain('this is the end');
    });
    expect(pids).to.have.length(2);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('tells of a child that hangs, and ends it', async () => {
    const pids = await processesOf(async () => {
      const error = await expectCode('compare/child', () =>
        compare({ fine: at('noted'), hangs: at('hangs') }, [], { ...quick, answerMs: 1500 }),
      );
      expect(error.message).to.contain("'hangs'").and.contain('1.5 s').and.contain('answerMs');
    });
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('ends children at once when told to stop, hanging ones, too', async () => {
    const controller = new AbortController();
    const pids = await processesOf(async () => {
      const comparison = compare({ fine: at('noted'), hangs: at('hangs') }, [], {
        ...quick,
        signal: controller.signal,
      });
      const file = process.env['TFJS_OPTIMIZE_TEST_PIDS'] as string;
      const hangs = setInterval(() => {
        if (fs.existsSync(file) && new Set(fs.readFileSync(file, 'utf8').trim().split('\n')).size === 2) {
          controller.abort();
        }
      }, 20);
      await expectCode('aborted', () => comparison);
      clearInterval(hangs);
    });
    expect(pids).to.have.length(2);
    expect(pids.filter(isAlive)).to.deep.equal([]);
    await expectCode('aborted', () =>
      compare({ a: at('ones'), b: at('ones') }, [], { ...quick, signal: AbortSignal.abort() }),
    );
  });

  it('refuses functions, which cannot be sent, before it starts any process', async () => {
    const error = await expectCode('argument/invalid', () =>
      compare({ a: at('ones'), b: () => tf.ones([2]) }, [], quick),
    );
    expect(error.message)
      .to.contain("'b'")
      .and.contain('{module, export}')
      .and.contain('export it from a module');
  });
});
