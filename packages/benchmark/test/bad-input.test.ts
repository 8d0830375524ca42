import * as tf from '@tensorflow/tfjs';
import {
  accuracy,
  agreement,
  checkRegression,
  compare,
  distribution,
  evaluate,
  isSupported,
  measure,
  reportHtml,
  reportMarkdown,
  topNodes,
  topOps,
  weightHistograms,
  type Baseline,
  type Measurement,
  type Metric,
  type ReportRecord,
} from '@tfjs-optimize/benchmark';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { pairReport } from './report/fixture.js';

/** What programs without types may hand over. */
const nothing = [null, undefined, {}, 'report', []] as unknown as readonly ReportRecord[];

describe('bad input from programs without types', () => {
  before(() => tf.setBackend('cpu'));

  it('is named by its place, not by what failed deep inside', async () => {
    for (const record of nothing) {
      await expectCode('report/schema', () => reportHtml(record));
      await expectCode('report/schema', () => reportMarkdown(record));
      const baseline = record as unknown as Baseline;
      await expectCode('baseline/schema', () => checkRegression(baseline, baseline, 1.1));
    }
    const negative = structuredClone(pairReport()) as unknown as { models: { limits?: { ms: number }[] }[] };
    for (const { limits } of negative.models) for (const limit of limits ?? []) limit.ms = -1;
    const error = await expectCode('report/schema', () => reportHtml(negative as unknown as ReportRecord));
    expect(error.message).to.match(/^report at models\.0\.limits\.0\.ms: expected >=0, got -1\./);
  });

  it('has samples wherever something was measured', async () => {
    const record = structuredClone(pairReport()) as unknown as {
      comparison: { measurements: { samples: number[] }[] };
    };
    for (const each of record.comparison.measurements) each.samples = [];
    await expectCode('report/schema', () => reportHtml(record as unknown as ReportRecord));
  });

  it('names the candidate that fails', async () => {
    const fine = (): tf.Tensor => tf.scalar(1);
    const broken = (): tf.Tensor => {
      throw new Error('out of cheese');
    };
    const options = { runs: 2, warmUpMs: 0 };
    const error = await expectCode('compare/candidate', () => compare({ fine, broken }, [], options));
    expect(error.message).to.equal("candidate 'broken': expected to run, got out of cheese.");
    expect((error.cause as Error).message).to.equal('out of cheese');
    await expectCode('compare/candidate', () => measure(broken, [], { ...options, name: 'broken' }));
  });

  it('is no metric, no model and no row too few', async () => {
    const xs = tf.ones([4, 3]);
    const identity = ([x]: tf.Tensor[]): tf.Tensor => (x as tf.Tensor).clone();
    const scored = (metrics: unknown): Promise<unknown> => evaluate(identity, { xs }, metrics as Metric[]);
    for (const metrics of [null, accuracy, [accuracy]])
      await expectCode('argument/invalid', () => scored(metrics));
    const fewer = ([x]: tf.Tensor[]): tf.Tensor => (x as tf.Tensor).slice([0, 0], [1, 3]);
    await expectCode('quality/output', () => evaluate(fewer, { xs }, [agreement(identity)]));
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    await expectCode('argument/invalid', () =>
      weightHistograms(layers as unknown as Parameters<typeof weightHistograms>[0]),
    );
    xs.dispose();
    layers.dispose();
  });

  it('has no distribution', async () => {
    for (const samples of [[], [1, Number.NaN], [Infinity]]) {
      await expectCode('argument/invalid', () => distribution(samples));
    }
  });
});

describe('high percentiles', () => {
  it('need as many samples as one of which lies above', () => {
    const of = (n: number): boolean[] =>
      (['p90', 'p95', 'p99'] as const).map((each) => isSupported({ n }, each));
    expect([9, 10, 19, 20, 99, 100].map(of)).to.deep.equal([
      [false, false, false],
      [true, false, false],
      [true, false, false],
      [true, true, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it('are left out of reports where there are too few samples', () => {
    const { models, comparison, ...rest } = pairReport();
    if (comparison === undefined) throw new Error('the fixture compares');
    const measurements = comparison.measurements.map((each) => ({
      ...each,
      latency: { ...each.latency, n: 12 },
    }));
    const few = models.map((model, i) => ({ ...model, measurement: measurements[i] as Measurement }));
    const text = reportMarkdown({ ...rest, models: few, comparison: { ...comparison, measurements } });
    expect(text).to.match(/^\| p90 \| [\d.]+\s(ms|µs)/m);
    expect(text)
      .to.match(/^\| p95 \| – \| – \|$/m)
      .and.match(/^\| p99 \| – \| – \|$/m);
  });
});

describe('the slowest nodes and ops', () => {
  const [model] = pairReport().models;
  const profile = model?.profile;

  it('are a table, names cut in their middle where it must be narrow', async () => {
    if (profile === undefined) throw new Error('the fixture has a profile');
    const long = 'a'.repeat(100) + 'z';
    const nodes = profile.nodes.map((node) => ({ ...node, name: long }));
    const cut = topNodes({ ...profile, nodes }, 3, 21);
    expect(cut)
      .to.include(`${'a'.repeat(10)}…${'a'.repeat(9)}z`)
      .and.not.include(long);
    expect(topNodes({ ...profile, nodes }, 3)).to.include(long);
    const ops = topOps(profile, 2).split('\n');
    expect(ops[1]).to.include(profile.ops[0]?.name ?? '?');
    if (profile.ops.length > 2) expect(ops.at(-1)).to.match(/\d+ others?/);
    await expectCode('argument/invalid', () => topOps(profile, 0));
  });
});
