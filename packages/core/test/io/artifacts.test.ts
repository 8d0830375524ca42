import * as tf from '@tensorflow/tfjs';
import {
  FACTS_KEY,
  Graph,
  Model,
  Weight,
  Weights,
  attr,
  loadModel,
  makeNode,
  restoreFacts,
  toArtifacts,
  type Fact,
  type Json,
  type JsonObject,
  type Node,
} from '@tfjs-optimize/core';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import { joinBuffers } from '../../src/io/artifacts.js';
import { constant, smallModel, smallOutput } from './small-model.js';

/** Outputs of a model in stock TensorFlow.js. */
async function runStockHere(model: Model, inputs: tf.Tensor[]): Promise<number[][]> {
  const stock = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const outputs = [stock.predict(inputs)].flat() as tf.Tensor[];
  const values = outputs.map((tensor) => Array.from(tensor.dataSync()));
  tf.dispose([outputs, inputs]);
  stock.dispose();
  return values;
}

/** Artifacts of a graph of the given nodes over no weights but `c`. */
function artifactsOf(nodes: object[], more: object = {}): tf.io.ModelArtifacts {
  return { modelTopology: { node: nodes, versions: {} }, ...more };
}

const placeholder = (name: string): JsonObject => ({
  name,
  op: 'Placeholder',
  attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }] } } },
});
const relu = (name: string, input: string): JsonObject => ({ name, op: 'Relu', input: [input] });

describe('artifacts', () => {
  it('of a model with uint8, float16 and float32 weights run in stock TensorFlow.js', async () => {
    const x = [1, -2, 0.5, 0.25, 1e-3, 3, -7, 0];
    const [y] = await runStockHere(smallModel(), [tf.tensor2d(x, [2, 4])]);
    expect(y).to.deep.equal(smallOutput(x));
  });

  it('keep every stored byte', () => {
    const { weightSpecs, weightData } = toArtifacts(smallModel());
    expect(weightSpecs).to.deep.equal([
      {
        name: 'scale',
        shape: [1],
        dtype: 'float32',
        quantization: { dtype: 'uint8', scale: 0.5, min: -2, original_dtype: 'float32' },
      },
      {
        name: 'offset',
        shape: [4],
        dtype: 'float32',
        quantization: { dtype: 'float16', original_dtype: 'float32' },
      },
      { name: 'bias', shape: [4], dtype: 'float32' },
    ]);
    expect((weightData as ArrayBuffer).byteLength).to.equal(1 + 8 + 16);
  });

  it('of artifacts are the same artifacts', async () => {
    const once = toArtifacts(smallModel());
    const twice = toArtifacts(await loadModel(once));
    expect(twice).to.deep.equal(once);
  });

  it('bring dtype and value of a Const in line with its weight', () => {
    const model = smallModel();
    const weights = model.weights.with(new Map([['scale', Weight.of(Int32Array.of(1, 2), [1, 2])]]));
    const { node } = toArtifacts(model.with({ weights })).modelTopology as { node: JsonObject[] };
    expect(node.find(({ name }) => name === 'scale')).to.deep.equal({
      name: 'scale',
      op: 'Const',
      attr: {
        dtype: { type: 'DT_INT32' },
        value: { tensor: { dtype: 'DT_INT32', tensorShape: { dim: [{ size: '1' }, { size: '2' }] } } },
      },
    });
  });

  it('leave the types of a Const alone that stand for its weight already', async () => {
    const value = { tensor: { dtype: 'DT_INT64', tensorShape: { dim: [{ size: '2' }] } } };
    const c = { name: 'c', op: 'Const', attr: { dtype: { type: 'DT_INT64' }, value } };
    const given = artifactsOf([c, relu('y', 'c')], {
      weightSpecs: [{ name: 'c', shape: [2], dtype: 'int32' }],
      weightData: new ArrayBuffer(8),
    });
    const { node } = toArtifacts(await loadModel(given)).modelTopology as { node: JsonObject[] };
    expect(node[0]).to.deep.equal(c);
  });

  it('hold no weight that nothing names, and those of functions', async () => {
    const library = { function: [{ signature: { name: 'f' }, nodeDef: [{ name: 'f/c', op: 'Const' }] }] };
    const model = await loadModel({
      modelTopology: { node: [placeholder('x'), relu('y', 'x')], library },
      weightSpecs: ['f/c', 'orphan'].map((name) => ({ name, shape: [1], dtype: 'bool' as const })),
      weightData: Uint8Array.of(1, 2).buffer,
    });
    const { weightSpecs, weightData } = toArtifacts(model);
    expect(weightSpecs).to.deep.equal([{ name: 'f/c', shape: [1], dtype: 'bool' }]);
    expect(new Uint8Array(weightData as ArrayBuffer)).to.deep.equal(Uint8Array.of(1));
  });

  it('give each of two outputs of one node, and a value under two keys, its own name', async () => {
    const split: Node = makeNode({
      name: 'split',
      op: 'Split',
      inputs: ['axis', 'x'],
      attrs: { num_split: attr.int(2), T: attr.type('float32') },
    });
    const x = makeNode({ name: 'x', op: 'Placeholder', attrs: { dtype: attr.type('float32') } });
    const values = ['split:1', 'split', 'split:1', 'x'];
    const port = { dtype: 'float32', shape: undefined } as const;
    const model = new Model({
      graph: new Graph([x, constant('axis', 'int32'), split], ['x'], values),
      weights: new Weights([['axis', Weight.of(Int32Array.of(0), [])]]),
      signature: {
        inputs: [{ key: 'in', value: 'x', ...port }],
        outputs: values.map((value, i) => ({ key: `out${i}`, value, ...port })),
      },
      stage: 'float',
    });
    expect(await runStockHere(model, [tf.tensor1d([1, 2])])).to.deep.equal([[2], [1], [2], [1, 2]]);
    const again = await loadModel(toArtifacts(model));
    expect(again.signature.outputs.map(({ key }) => key)).to.deep.equal(['out0', 'out1', 'out2', 'out3']);
  });

  it('keep facts that know how to be JSON, and drop those of the file that no longer hold', async () => {
    const mask: Fact<number[]> = { name: 'test/mask', check: () => [], toJson: (value) => value };
    const secret: Fact<number> = { name: 'test/secret', check: () => [] };
    const model = smallModel();
    const facts = model.facts.with(mask, [1, 0]).with(secret, 1);
    const artifacts = toArtifacts(model.with({ facts, extras: { userDefinedMetadata: { mine: true } } }));
    const expected = { mine: true, [FACTS_KEY]: { 'test/mask': [1, 0] } };
    expect(artifacts.userDefinedMetadata).to.deep.equal(expected);
    const readable = { ...mask, fromJson: (json: Json) => json as number[] };
    const restored = restoreFacts(await loadModel(artifacts), [
      readable as Fact<unknown>,
      secret as Fact<unknown>,
    ]);
    expect(restored.facts.get(readable)).to.deep.equal([1, 0]);
    expect(restored.facts.size).to.equal(1);
    expect(restoreFacts(model, [readable as Fact<unknown>])).to.equal(model);
    expect(toArtifacts(await loadModel(artifacts)).userDefinedMetadata).to.deep.equal({ mine: true });
  });

  it('leak no tensors', () =>
    expectNoLeak(async () => {
      const stock = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(smallModel())));
      await loadModel(stock);
      stock.dispose();
    }));
});

describe('signature', () => {
  const info = (name: string, more: object = {}): JsonObject => ({
    name,
    dtype: 'DT_FLOAT',
    tensorShape: { dim: [{ size: '-1' }] },
    ...more,
  });
  const nodes = [placeholder('a'), placeholder('b'), relu('p', 'a'), relu('q', 'b')];

  it('keeps the order of its keys, wherever it stands', async () => {
    const signature = {
      inputs: { second: info('b:0'), first: info('a') },
      outputs: { z: info('q:0'), a: info('p:0') },
    };
    for (const place of [{ signature }, { userDefinedMetadata: { signature, other: 1 } }]) {
      const model = await loadModel(artifactsOf(nodes, place));
      expect(model.signature.inputs.map(({ key, value }) => `${key}=${value}`)).to.deep.equal([
        'second=b',
        'first=a',
      ]);
      expect(model.graph.outputs).to.deep.equal(['q', 'p']);
      const { signature: top, userDefinedMetadata } = toArtifacts(model);
      expect({
        ...(top && { signature: top }),
        ...(userDefinedMetadata && { userDefinedMetadata }),
      }).to.deep.equal(place);
    }
  });

  it('is taken from placeholders and unread nodes where there is none, as in TensorFlow.js', async () => {
    const c = { name: 'c', op: 'Const' };
    const given = artifactsOf([...nodes, c, { name: 'n', op: 'NoOp' }], {
      weightSpecs: [{ name: 'c', shape: [], dtype: 'bool' }],
      weightData: new ArrayBuffer(1),
    });
    const { signature } = await loadModel(given);
    expect(signature.inputs).to.deep.equal([
      { key: 'a', value: 'a', dtype: 'float32', shape: [-1] },
      { key: 'b', value: 'b', dtype: 'float32', shape: [-1] },
    ]);
    expect(signature.outputs.map(({ value }) => value)).to.deep.equal(['p', 'q']);
  });

  it('may lack shapes, types and ranks, and spell them in snake case and numbers', async () => {
    const signature = {
      inputs: {
        a: { name: 'a:0' },
        b: { name: 'b', dtype: 9, tensor_shape: { unknown_rank: true } },
      },
      outputs: { p: { name: 'p', dtype: 1, tensor_shape: { dim: [{ size: 3 }] } } },
    };
    const model = await loadModel(artifactsOf(nodes, { signature }));
    expect(model.signature.inputs).to.deep.equal([
      { key: 'a', value: 'a', dtype: 'float32', shape: undefined },
      { key: 'b', value: 'b', dtype: 'int32', shape: undefined },
    ]);
    expect(model.signature.outputs).to.deep.equal([{ key: 'p', value: 'p', dtype: 'float32', shape: [3] }]);
    expect(toArtifacts(model).signature).to.deep.equal(signature);
  });

  it('says anew what a pass changed, and the rest word for word', async () => {
    const signature = { inputs: { a: info('a') }, outputs: { p: info('p', { resource: 1 }), q: info('q') } };
    const model = await loadModel(artifactsOf(nodes, { signature }));
    const [p, q] = model.signature.outputs;
    const outputs = [p as NonNullable<typeof p>, { ...(q as NonNullable<typeof q>), shape: [2] }];
    const { signature: written } = toArtifacts(model.with({ signature: { ...model.signature, outputs } }));
    expect(written).to.deep.equal({
      inputs: { a: info('a') },
      outputs: {
        p: info('p', { resource: 1 }),
        q: { name: 'q:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }] } },
      },
    });
  });

  it('drops, with a note, an input whose node the converter removed', async () => {
    const signature = { inputs: { gone: info('gone:0'), a: info('a') }, outputs: { p: info('p') } };
    const model = await loadModel(artifactsOf(nodes, { signature }));
    expect(model.signature.inputs.map(({ key }) => key)).to.deep.equal(['a']);
    expect(model.source.notes).to.deep.include({
      level: 'warning',
      kind: 'saw',
      subject: 'gone',
      message: "the signature names 'gone', which is no node of the graph; the input was dropped",
    });
  });

  const bad: [string, string, object][] = [
    ['an output that is no node', 'graph/output', { outputs: { y: info('nowhere') } }],
    ['a name that is no value', 'io/format', { outputs: { y: info('p:q') } }],
    ['an entry without a name', 'io/format', { inputs: { y: {} } }],
    ['a side that is no object', 'io/format', { inputs: [] }],
    ['a type that TensorFlow.js lacks', 'io/format', { outputs: { p: info('p', { dtype: 'DT_VARIANT' }) } }],
    ['a size below -1', 'io/format', { inputs: { a: info('a', { tensorShape: { dim: [{ size: -2 }] } }) } }],
    [
      'a size that is no number',
      'io/format',
      { inputs: { a: info('a', { tensorShape: { dim: [{ size: 'x' }] } }) } },
    ],
  ];
  for (const [what, code, signature] of bad) {
    it(`with ${what} is refused with ${code}`, () =>
      expectCode(code, () => loadModel(artifactsOf(nodes, { signature }))));
  }
});

describe('joinBuffers', () => {
  const MEGA = 1024 * 1024;
  /** Bytes 0, 1, 2, … of all parts as TensorFlow.js sees them. */
  const seen = (data: tf.io.WeightData, from: number, to: number): Uint8Array =>
    new Uint8Array(new tf.io.CompositeArrayBuffer(data).slice(from, to));

  it('shares whole buffers of large models, also when cut into views', () => {
    const shard = new Uint8Array(40 * MEGA);
    const other = new Uint8Array(40 * MEGA);
    const data = joinBuffers([shard.subarray(0, 5), shard.subarray(5, 5), shard.subarray(5), other]);
    expect(data).to.have.lengthOf(2);
    expect((data as ArrayBuffer[])[0]).to.equal(shard.buffer);
    expect((data as ArrayBuffer[])[1]).to.equal(other.buffer);
  });

  it('is read right by TensorFlow.js when the last buffer is longer than the others', () => {
    const parts = [Uint8Array.of(1, 2), Uint8Array.of(3, 4), new Uint8Array(65 * MEGA).fill(9)];
    const data = joinBuffers(parts);
    expect(seen(data, 0, 6)).to.deep.equal(Uint8Array.of(1, 2, 3, 4, 9, 9));
    expect(seen(data, 60 * MEGA, 60 * MEGA + 2)).to.deep.equal(Uint8Array.of(9, 9));
  });

  it('copies parts of buffers whose rest is not wanted', () => {
    const shard = new Uint8Array(70 * MEGA).fill(3);
    const data = joinBuffers([shard.subarray(1)]) as ArrayBuffer[];
    expect(data.map(({ byteLength }) => byteLength)).to.deep.equal([70 * MEGA - 1]);
  });
});
