import * as tf from '@tensorflow/tfjs';
import { backend, traceLayersModel } from '@tfjs-optimize/core';
import { expectCode, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as v from 'valibot';
import { compare, distribution, type CompareOptions } from '../../src/index.js';
import { COMPARISON } from '../../src/record/measurement.js';
import { dense, stock, twoInputs } from '../measure/candidates.js';

const WORK = path.join(__dirname, 'fixtures/work.mjs');
const quick: CompareOptions = { isolate: true, processes: 2, warmUpMs: 2, runs: 6, minSampleMs: 0.1 };

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

  it('runs each candidate in fresh processes on inputs of any type, and leaves none behind', async () => {
    const inputs = [
      tf.scalar(1),
      tf.tensor1d([3], 'int32'),
      tf.tensor1d([true], 'bool'),
      tf.complex([1], [2]),
    ];
    const pids = await processesOf(async () => {
      const found = await compare({ a: at('types'), b: at('types') }, inputs, { ...quick, runs: 7 });
      expect(v.parse(COMPARISON, JSON.parse(JSON.stringify(found)))).to.deep.equal(found);
      expect([found.isolated, found.processes]).to.deep.equal([true, 2]);
      expect(found.measurements.map(({ samples }) => samples.length)).to.deep.equal([8, 8]);
      expect(found.measurements[1]?.machine.backend).to.equal('cpu');
      expect(found.against[0]?.difference?.max).to.equal(0);
      // Samples of the processes come one after the other, four each.
      const medians = found.measurements.map(({ samples }) =>
        [samples.slice(0, 4), samples.slice(4)].map((own) => distribution(own).p50),
      ) as [[number, number], [number, number]];
      expect(found.against[0]?.speedups).to.deep.equal([
        medians[0][0] / medians[1][0],
        medians[0][1] / medians[1][1],
      ]);
    });
    expect(pids).to.have.length(4).and.not.include(process.pid);
    expect(pids.filter(isAlive)).to.deep.equal([]);
    tf.dispose(inputs);
  });

  it('sends models of every kind, runs them on the backend asked for, and removes what it wrote', async () => {
    const layers = twoInputs();
    const model = traceLayersModel(layers);
    const graph = stock(model);
    const [a, b] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])];
    const before = tf.memory().numTensors;
    const options: CompareOptions = { ...quick, backend: 'wasm' };
    // In a folder of its own: other tests make such folders at the same time.
    const { measurements, against } = await withTempFolder(async (folder) => {
      const usual = process.env['TMPDIR'];
      process.env['TMPDIR'] = folder;
      try {
        return await compare({ layers, model, graph }, { b, a }, options);
      } finally {
        expect(leftFolders()).to.deep.equal([]);
        if (usual === undefined) delete process.env['TMPDIR'];
        else process.env['TMPDIR'] = usual;
      }
    });
    expect(measurements.map(({ machine }) => machine.backend)).to.deep.equal(['wasm', 'wasm', 'wasm']);
    expect(measurements[2]?.inputs.map(({ key }) => key)).to.deep.equal(['a', 'b']);
    expect(against.map(({ difference }) => difference?.max)).to.deep.equal([0, 0]);
    expect(tf.memory().numTensors).to.equal(before);
    expect(tf.getBackend()).to.equal('cpu');
    tf.dispose([a, b]);
    for (const each of [model, graph, layers]) each.dispose();
  });

  it('gives errors of children with their codes, and leaves no process behind', async () => {
    const fails = await expectCode('compare/candidate', () =>
      compare({ a: at('fails'), b: at('ones') }, [], quick),
    );
    expect(fails.message).to.equal("candidate 'a': expected to run, got no luck today.");
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
        compare({ fine: at('noted'), hangs: at('hangs') }, [], { ...quick, answerMs: 5000 }),
      );
      expect(error.message).to.contain("'hangs'").and.contain('5 s').and.contain('answerMs');
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
