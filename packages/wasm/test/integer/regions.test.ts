import { toArtifacts, type Model } from '@tfjs-optimize/core';
import { registerOps } from '@tfjs-optimize/runtime';
import { withIntegerRegions } from '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { expectCode } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { lowerIntegers } from '../../src/integer/regions/lower.js';
import { REGION_OP, regionsKept } from '../../src/integer/regions/op.js';
import type { GraphNode, Topology } from '../../src/integer/regions/nodes.js';
import { IntegerGraph } from '../support/integer-graphs.js';
import { uniform } from '../support/numbers.js';
import { useEngine } from '../support/tester.js';

/** Values of a model's outputs on a backend. */
async function outputsOn(backend: string, model: Model, inputs: readonly tf.Tensor[]): Promise<number[][]> {
  await tf.setBackend(backend);
  // Tensors of another backend would be moved for good.
  const own = inputs.map((x) => tf.tensor(x.dataSync(), x.shape, x.dtype));
  const outputs = model.run(own);
  const values = outputs.map((y) => Array.from(y.dataSync()));
  tf.dispose([own, outputs]);
  return values;
}

async function expectSame(model: Model, inputs: readonly tf.Tensor[]): Promise<void> {
  const wanted = await outputsOn('cpu', model, inputs);
  const got = await outputsOn('wasm', model, inputs);
  expect(new Set(wanted.flat()).size, 'values').to.be.above(3);
  expect(got).to.deep.equal(wanted);
  model.dispose();
}

function lowered(model: Model): GraphNode[] {
  const outputs = model.signature.outputs.map(({ value }) => value);
  const { modelTopology } = lowerIntegers(toArtifacts(model), outputs);
  return [...(modelTopology as Topology).node];
}

const regionsOf = (nodes: readonly GraphNode[]): number => nodes.filter(({ op }) => op === REGION_OP).length;

describe('regions of integer ops', () => {
  before(() => useEngine());

  it('a chain is one, and its constants are no weights of the graph any more', async () => {
    const g = new IntegerGraph();
    const x = g.builder.input('x', [-1, 6, 6, 3]);
    const conv = g.conv(g.quantized(x), [3, 3, 3, 9]);
    const shape = g.builder.constant('shape', Int32Array.of(-1, 6 * 6 * 9), [2]);
    const flat = g.builder.op('Reshape', [conv, shape]);
    g.output(g.dequantized(g.dense(flat, 6 * 6 * 9, 5)), 'y');
    const model = g.build();
    const nodes = lowered(model);
    expect(regionsOf(nodes)).to.equal(1);
    expect(nodes.filter(({ op }) => op === 'Const')).to.have.length(1);
    await expectSame(model, [tf.tensor(uniform([2, 6, 6, 3], 2), [2, 6, 6, 3])]);
  });

  it('a product whose rows are multiplied in several blocks, which are widened for or too few', async () => {
    for (const [rows, inner] of [
      [30, 6000],
      [47, 5000],
      [130, 1400],
    ] as const) {
      const g = new IntegerGraph();
      const x = g.builder.input('x', [-1, inner]);
      g.output(g.dequantized(g.dense(g.quantized(x), inner, 9)), 'y');
      await expectSame(g.build(), [tf.tensor(uniform([rows, inner], 2), [rows, inner])]);
    }
  });

  it('a path that leaves and comes back ends in two, which do not wait for one another', async () => {
    const g = new IntegerGraph(2);
    const q = g.quantized(g.builder.input('x', [-1, 8]));
    const near = g.dense(q, 8, 8);
    const far = g.quantized(g.builder.op('Tanh', [g.dequantized(g.dense(q, 8, 8))]));
    g.output(g.dequantized(g.add(near, far)), 'y');
    const model = g.build();
    expect(regionsOf(lowered(model))).to.equal(2);
    await expectSame(model, [tf.tensor(uniform([3, 8], 3), [3, 8])]);
  });

  it('dynamic products are one each, beside those of other ops', async () => {
    const g = new IntegerGraph(5);
    const before = g.dequantized(g.dense(g.quantized(g.builder.input('x', [-1, 8])), 8, 12));
    const between = g.builder.op('Relu', [g.dynamic(g.dynamic(before, 12, 9), 9, 10)]);
    g.output(g.dequantized(g.dense(g.quantized(between), 10, 4)), 'y');
    g.output(g.dynamic(before, 12, 3), 'z');
    const model = g.build();
    const nodes = lowered(model);
    expect(regionsOf(nodes)).to.equal(5);
    expect(nodes.filter(({ op }) => op === 'Const')).to.have.length(5);
    await expectSame(model, [tf.tensor(uniform([3, 8], 2), [3, 8])]);
  });

  it('values that others read come out as int32 tensors, under their names', async () => {
    const g = new IntegerGraph(3);
    const q = g.quantized(g.builder.input('x', [-1, 8]));
    const middle = g.dense(q, 8, 12);
    g.output(middle, 'middle', 'int32');
    g.output(g.dequantized(g.dense(middle, 12, 4)), 'end');
    const model = g.build();
    expect(regionsOf(lowered(model))).to.equal(1);
    await expectSame(model, [tf.tensor(uniform([3, 8], 4), [3, 8])]);
  });

  it('int32 tensors of int8 values go in, constants among them', async () => {
    const g = new IntegerGraph(4);
    const x = g.builder.input('x', [-1, 8], 'int32');
    g.output(g.add(g.dense(x, 8, 8), g.values([1, 8])), 'y', 'int32');
    const model = g.build();
    const given = tf.tensor(
      uniform([5, 8], 5).map((value) => Math.round(31 * value)),
      [5, 8],
      'int32',
    );
    await expectSame(model, [given]);
  });

  it('what is no int8 value is refused as it is by the reference', async () => {
    const g = new IntegerGraph(5);
    g.output(g.dense(g.builder.input('x', [-1, 8], 'int32'), 8, 8), 'y', 'int32');
    const model = g.build();
    await tf.setBackend('wasm');
    expect(() => model.run(tf.fill([1, 8], 128, 'int32'))).to.throw(/values from -128 to 127, got 128/);
    model.dispose();
  });

  it('other sizes get plans of their own, more of them than are kept', async () => {
    const g = new IntegerGraph(6);
    const x = g.builder.input('x', [-1, -1, -1, 3]);
    g.output(g.dequantized(g.conv(g.quantized(x), [3, 3, 3, 4])), 'y');
    const model = g.build();
    const sizes = Array.from({ length: 12 }, (_, i) => [1 + (i % 2), 3 + i, 4, 3]);
    for (const shape of [...sizes, ...sizes]) {
      const given = [tf.tensor(uniform(shape, 7), shape)];
      expect(await outputsOn('wasm', model, given)).to.deep.equal(await outputsOn('cpu', model, given));
    }
    model.dispose();
  });

  describe('disposed of while it runs', () => {
    /** Places of what is above 0 are only known once values are read: the region runs later. */
    const waiting = (): Model => {
      const g = new IntegerGraph(9);
      const x = g.builder.input('x', [-1, 8]);
      const places = g.builder.op('Where', [
        g.builder.op('Greater', [x, g.builder.constant('zero', Float32Array.of(0), [])]),
      ]);
      const hidden = g.dense(g.quantized(g.builder.op('Cast', [places], { DstT: 'float32' })), 2, 8);
      g.output(g.dequantized(g.dense(hidden, 8, 8)), 'y');
      return g.build();
    };

    for (const isFirst of [true, false]) {
      it(`${isFirst ? 'for the first time' : 'again'}, says so, and leaves nothing behind`, async () => {
        await tf.setBackend('wasm');
        const model = waiting();
        const x = tf.tensor(uniform([3, 8], 10), [3, 8]);
        const wanted = (await model.runAsync(x)) as [tf.Tensor];
        if (isFirst) model.dispose();
        const [before, tensors] = [regionsKept(), tf.memory().numTensors];
        const running = model.runAsync(x);
        // It begins behind this.
        await tf.ready();
        model.dispose();
        const error = await running.then(
          () => undefined,
          (reason: unknown) => reason as Error & { code: string; cause: Error & { code: string } },
        );
        expect(error?.code).to.equal('model/run');
        expect(error?.message).to.match(/got one that was disposed of meanwhile/);
        if (!isFirst) expect(error?.cause.code).to.equal('argument/invalid');
        expect(regionsKept()).to.be.at.most(before + Number(isFirst));
        expect(tf.memory().numTensors).to.be.at.most(tensors);
        const again = (await model.runAsync(x)) as [tf.Tensor];
        expect(again[0].dataSync()).to.deep.equal(wanted[0].dataSync());
        tf.dispose([wanted, again, x]);
        model.dispose();
      });
    }

    it('between calls that wait for one another, other models compute what they did', async () => {
      await tf.setBackend('wasm');
      const [one, other] = [waiting(), waiting()];
      const x = tf.tensor(uniform([3, 8], 11), [3, 8]);
      const [wanted] = (await other.runAsync(x)) as [tf.Tensor];
      const runs = [one, other, one, other].map((model) => model.runAsync(x).catch(() => undefined));
      one.dispose();
      const [, second, , fourth] = await Promise.all(runs);
      for (const got of [second, fourth]) expect(got?.[0]?.dataSync()).to.deep.equal(wanted.dataSync());
      tf.dispose([wanted, x, second ?? [], fourth ?? []]);
      other.dispose();
    });
  });

  describe('in a graph that TensorFlow.js loads by itself', () => {
    const model = (): Model => {
      const g = new IntegerGraph(8);
      g.output(g.dequantized(g.dense(g.quantized(g.builder.input('x', [-1, 8])), 8, 8)), 'y');
      return g.build();
    };
    const load = (): Promise<tf.GraphModel> => {
      registerOps();
      const saved = tf.io.fromMemory(toArtifacts(model()));
      return tf.loadGraphModel(withIntegerRegions(saved));
    };

    it('run, and are gone with it', async () => {
      await tf.setBackend('wasm');
      const before = regionsKept();
      const graph = await load();
      expect(regionsKept()).to.equal(before + 1);
      const x = tf.tensor(uniform([2, 8], 9), [2, 8]);
      const y = graph.execute(x) as tf.Tensor;
      expect([Array.from(y.dataSync())]).to.deep.equal(await outputsOn('cpu', model(), [x]));
      await tf.setBackend('wasm');
      graph.dispose();
      expect(regionsKept()).to.equal(before);
    });

    it('with weights cut short is refused as without regions', async () => {
      await tf.setBackend('wasm');
      registerOps();
      const artifacts = toArtifacts(model());
      const weightData = (artifacts.weightData as ArrayBuffer).slice(0, -4);
      const saved = (): tf.io.IOHandler => ({ load: () => Promise.resolve({ ...artifacts, weightData }) });
      const messageOf = (handler: tf.io.IOHandler): Promise<string> =>
        tf.loadGraphModel(handler).then(
          () => 'none',
          (error: unknown) => String(error),
        );
      expect(await messageOf(withIntegerRegions(saved())))
        .to.equal(await messageOf(saved()))
        .and.include('should have');
    });

    it('refuses to be written, run or not', async () => {
      await tf.setBackend('wasm');
      const graph = await load();
      const written = tf.io.withSaveHandler(async ({ modelTopology }) => {
        JSON.stringify(modelTopology);
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      });
      for (let i = 0; i < 2; i++) {
        const error = await expectCode('argument/invalid', () => graph.save(written));
        expect(error.message).to.include('one whose int8 ops run as one');
        tf.dispose(graph.execute(tf.ones([2, 8])));
      }
      graph.dispose();
    });

    it('refuses what loads nothing', async () => {
      for (const handler of ['model.json', undefined, {}]) {
        await expectCode('argument/invalid', () => withIntegerRegions(handler as unknown as tf.io.IOHandler));
      }
    });

    it('run by references where the backend is changed', async () => {
      await tf.setBackend('wasm');
      const graph = await load();
      const values = uniform([2, 8], 9);
      const wanted = (graph.execute(tf.tensor(values, [2, 8])) as tf.Tensor).dataSync();
      await tf.setBackend('cpu');
      const got = (graph.execute(tf.tensor(values, [2, 8])) as tf.Tensor).dataSync();
      expect(Array.from(got)).to.deep.equal(Array.from(wanted));
      graph.dispose();
    });
  });
});
