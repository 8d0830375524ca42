import { backend, fail, optimize, traceLayersModel, type BackendName } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { expectCode, nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { cpuSides, raceAgainstCpu, rowOf, type OpenApart } from '../../bench/gpu/cpu-race.js';
import { gpuTolerance } from '../../bench/gpu/tolerance.js';
import type { Side } from '../../src/compare/side.js';
import type { Comparison, Measurement } from '../../src/record/measurement.js';
import { distribution } from '../../src/stats/distribution.js';

interface Opened {
  readonly name: string;
  readonly backend: BackendName | undefined;
  readonly hidden: string | undefined;
  closed: boolean;
}

/** Opens sides of the backends that are there, and takes down which. */
function apart(installed: readonly BackendName[], opened: Opened[]): OpenApart {
  return async (candidates, _inputs, { backend: wanted, env }) => {
    const [name = ''] = Object.keys(candidates);
    if (wanted === undefined || !installed.includes(wanted)) {
      return fail('backend/missing', { subject: 'backend', expected: 'it', got: 'none' });
    }
    const side = { name, backend: wanted, hidden: env?.['CUDA_VISIBLE_DEVICES'], closed: false };
    opened.push(side);
    return [{ name, close: async () => void (side.closed = true) } as unknown as Side];
  };
}

describe('sides of the CPU', () => {
  const none = (): number => 0;

  it('are tfjs-node and wasm, in processes that see no GPU', async () => {
    const opened: Opened[] = [];
    const open = apart(['tfjs-node-gpu', 'tfjs-node', 'wasm'], opened);
    const { sides, absent } = await cpuSides(none, [], undefined, open);
    expect(sides.map(({ name }) => name)).to.deep.equal(['CPU by tfjs-node', 'CPU by wasm']);
    expect(absent).to.deep.equal([]);
    expect(opened.map(({ backend: name, hidden }) => [name, hidden])).to.deep.equal([
      ['tfjs-node', '-1'],
      ['wasm', '-1'],
    ]);
  });

  it('are tfjs-node-gpu without its GPU where tfjs-node is not there, which is told', async () => {
    const opened: Opened[] = [];
    const { absent } = await cpuSides(none, [], undefined, apart(['tfjs-node-gpu', 'wasm'], opened));
    expect(opened.map(({ name, hidden }) => [name, hidden])).to.deep.equal([
      ['CPU by tfjs-node-gpu', '-1'],
      ['CPU by wasm', '-1'],
    ]);
    expect(absent).to.deep.equal(['CPU by tfjs-node: not installed']);
  });

  it('have to be at least one, and none is left behind when another fails', async () => {
    const error = await expectCode('backend/failed', () => cpuSides(none, [], undefined, apart([], [])));
    expect(error.message).to.contain('CPU by wasm: not installed');
    const opened: Opened[] = [];
    const open = apart(['tfjs-node'], opened);
    const broken: OpenApart = (candidates, inputs, options) =>
      options.backend === 'wasm'
        ? fail('compare/child', { subject: 'x', expected: 'y', got: 'z' })
        : open(candidates, inputs, options);
    await expectCode('compare/child', () => cpuSides(none, [], undefined, broken));
    expect(opened.map(({ closed }) => closed)).to.deep.equal([true]);
  });
});

/** Samples around a time in ms. */
const measured = (name: string, ms: number): Measurement => {
  const samples = Array.from({ length: 30 }, (_, i) => ms * (1 + 0.001 * ((i * 7) % 10)));
  return { name, samples, latency: distribution(samples), firstCallMs: 100 } as unknown as Measurement;
};

describe('a row of CPU against GPU', () => {
  const difference = { max: 0, mean: 0, relative: 2e-3, incomparable: 0 };
  const comparison = (...cpus: readonly Measurement[]): Comparison =>
    ({
      ...{ seed: 1, tolerance: 0.02, measurements: [...cpus, measured('GPU by tfjs-node-gpu', 2)] },
      against: [{ difference: { ...difference, relative: 0 } }, { difference }].slice(2 - cpus.length),
    }) as unknown as Comparison;

  it('holds the GPU against the fastest CPU, whichever that is, and tells all', () => {
    const row = rowOf('gpu/x', comparison(measured('slow', 40), measured('quick', 10)), []);
    expect(row.value).to.be.closeTo(5, 0.01);
    expect(row.low).to.be.at.most(row.value);
    expect(row.high).to.be.at.least(row.value);
    expect(row.note).to.match(/^slow 40\..*, quick 10\..*, GPU by tfjs-node-gpu 2\.\d+ ms/);
    expect(row.note)
      .to.contain('against quick')
      .and.to.contain('differ from those of slow by 2.0e-3 of at most 2.0e-2');
    const other = rowOf('gpu/x', comparison(measured('quick', 10), measured('slow', 40)), []);
    expect(other.value).to.be.closeTo(5, 0.01);
    expect(other.note).to.contain('against quick');
  });

  it('tells which CPU was not there', () => {
    const row = rowOf('gpu/x', comparison(measured('CPU by wasm', 10)), ['CPU by tfjs-node: not installed']);
    expect(row.note).to.contain('CPU by tfjs-node: not installed');
  });
});

describe('a race against the CPU', function () {
  this.timeout(60_000);

  it('runs the model in processes of their own by turns with this one, values read', async () => {
    await backend.use('cpu');
    const before = tf.memory().numTensors;
    const layers = nets.lenet({ seed: 1 });
    const { model } = await optimize(traceLayersModel(layers), inference(), { seed: 1 });
    const inputs = nets.uniformTensor([1, 28, 28, 1], 1);
    const place = { name: 'cpu', registered: 'cpu', gpu: false } as const;
    const row = await raceAgainstCpu(
      place,
      { id: 'gpu/lenet', candidate: model, inputs, tolerance: gpuTolerance(place, [5, 400]) },
      { seed: 1, quick: true, progress: () => {} },
    );
    expect(row).to.include({ id: 'gpu/lenet', unit: 'x' });
    expect(row.n).to.be.at.least(5);
    expect(row.note).to.contain('CPU by wasm ').and.to.contain('cpu for a GPU ');
    expect(tf.getBackend()).to.equal('cpu');
    [layers, model, inputs].forEach((each) => each.dispose());
    expect(tf.memory().numTensors).to.equal(before);
  });
});
