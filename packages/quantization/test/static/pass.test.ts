import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { GraphBuilder, guard, optimize, passesOf, Random, type Model } from '@tfjs-optimize/core';
import { expectCode } from '@tfjs-optimize/testing';
import {
  calibratePass,
  quantizationPasses,
  quantizeStatic,
  splitActivationsPass,
  staticPass,
} from '../../src/index.js';

const fused = (...ops: string[]) => ({
  num_args: 1,
  fused_ops: ['BiasAdd', ...ops],
  transpose_a: false,
  transpose_b: false,
});

/** Two dense layers. */
function layers(activation = 'Relu'): Model<'float'> {
  const random = Random.of(4);
  const normals = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => random.normal());
  const b = new GraphBuilder();
  let x = b.input('x', [-1, 8]);
  const parts = [b.constant('k1', normals(64), [8, 8]), b.constant('b1', normals(8), [8])];
  x = b.op('_FusedMatMul', [x, ...parts], fused(activation), 'first');
  x = b.op(
    '_FusedMatMul',
    [x, b.constant('k2', normals(32), [8, 4]), b.constant('b2', normals(4), [4])],
    fused(),
    'last',
  );
  return b.output(x).build();
}

const dense = ({ graph }: Model): string[] =>
  [...graph].map(({ op }) => op).filter((op) => op.endsWith('MatMul'));

describe('the pass quantization/static', () => {
  before(() => tf.setBackend('cpu'));

  it('stands behind calibration; guard backs off to the layers that do least harm', async () => {
    const model = layers();
    const data = tf.randomNormal([16, 8], 0, 1, 'float32', 1);
    // A metric that falls by 1 when the first layer is integer.
    const evaluate = ({ graph }: Model): number => (graph.get('first')?.op === '_FusedMatMul' ? 1 : 0);
    const { model: kept } = await optimize(model, [calibratePass(), guard(staticPass(), { maxDrop: 0.5 })], {
      ...{ inputs: { data }, evaluate },
    });
    expect(kept.stage).to.equal('integer');
    expect(dense(kept)).to.deep.equal(['_FusedMatMul', '@tfjs-optimize/runtime.MatMul']);
    data.dispose();
  });

  it('corrects biases over data by name, of what becomes integer alone, as quantizeStatic does', async () => {
    const model = layers();
    const data = tf.randomUniform([16, 8], 1, 3, 'float32', 1);
    const bias = (one: Model, name: string): string => one.weights.need(name).bytes.join();
    for (const include of [['first', 'last'], ['last']]) {
      const passes = [splitActivationsPass(), calibratePass(), staticPass({ correctBias: 'data', include })];
      const { model: piped } = await optimize(model, passes, { inputs: { data }, seed: 3 });
      const { model: whole } = await quantizeStatic(model, { data, include, seed: 3 });
      const { model: plain } = await quantizeStatic(model, { data, include, seed: 3, correctBias: false });
      for (const name of ['b1', 'b2']) expect(bias(piped, name)).to.equal(bias(whole, name));
      expect(bias(piped, 'b2')).not.to.equal(bias(plain, 'b2'));
    }
    const evaluate = ({ graph }: Model): number => (graph.get('first')?.op === '_FusedMatMul' ? 1 : 0);
    const guarded = guard(staticPass({ correctBias: 'data' }), { maxDrop: 0.5 });
    const { model: kept } = await optimize(model, [calibratePass(), guarded], { inputs: { data }, evaluate });
    expect(bias(kept, 'b1')).to.equal(bias(model, 'b1'));
    await expectCode('context/missing', () =>
      optimize(model, [calibratePass(), staticPass({ correctBias: 'others' })], { inputs: { data } }),
    );
    data.dispose();
  });

  it('takes the same options from a recipe, and refuses others', async () => {
    const data = tf.randomNormal([16, 8], 0, 1, 'float32', 1);
    const options = { inputs: { data } };
    const first = await optimize(
      layers(),
      [calibratePass(), staticPass({ io: 'int8', exclude: ['last'] })],
      options,
    );
    const again = await optimize(layers(), passesOf(first.recipe, quantizationPasses), options);
    expect([...again.model.graph]).to.deep.equal([...first.model.graph]);
    await expectCode('argument/invalid', () => staticPass({ io: 'uint8' } as never));
    await expectCode('argument/invalid', () => staticPass({ inclued: [] } as never));
    await expectCode('pass/needs', () => optimize(layers(), [staticPass()]));
    data.dispose();
  });

  it('activations that are no clamps leave fused nodes, and outputs stay the same bits', async () => {
    const model = layers('Elu');
    const data = tf.randomNormal([16, 8], 0, 1, 'float32', 1);
    const split = await optimize(model, [splitActivationsPass()]);
    const [[a], [b]] = [model.run(data), split.model.run(data)] as [[tf.Tensor], [tf.Tensor]];
    expect([...b.dataSync()]).to.deep.equal([...a.dataSync()]);
    const plain = await optimize(model, [calibratePass(), staticPass()], { inputs: { data } });
    expect(dense(plain.model)).to.deep.equal(['_FusedMatMul', '@tfjs-optimize/runtime.MatMul']);
    expect(plain.notes.some(({ message }) => message.includes('split-activations'))).to.equal(true);
    const whole = await optimize(model, [splitActivationsPass(), calibratePass(), staticPass()], {
      inputs: { data },
    });
    expect(
      [...whole.model.graph].map(({ op }) => op.split('.').at(-1)).filter((op) => op !== 'Const'),
    ).to.deep.equal([...['Placeholder', 'Quantize', 'MatMul', 'Table', 'MatMul', 'Dequantize']]);
    tf.dispose([data, a, b]);
  });
});
