import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, loadModel, Weight, type Model } from '@tfjs-optimize/core';
import { expectNoLeak, withTempFolder } from '@tfjs-optimize/testing';
import { expect } from 'chai';
import * as path from 'node:path';
import { inspect } from 'node:util';

/** y = x · w, w = [2, 3]. */
function scaled(): Model {
  const b = new GraphBuilder();
  const w = b.constant('w', Float32Array.of(2, 3), [2]);
  b.output(b.op('Mul', [b.input('x', [-1, 2]), w], {}, { name: 'y' }));
  return b.build();
}

const valuesOf = (model: Model, x: tf.Tensor): number[] =>
  tf.tidy(() => [...(model.run(x)[0] as tf.Tensor).dataSync()]);

describe('Model', () => {
  before(() => tf.setBackend('cpu'));

  it('shows itself in one line, to console.log, too', () => {
    const model = scaled();
    const line = 'Model (made): 3 nodes, 8 B of weights, x float32 [?, 2] → y float32 […]';
    expect(String(model)).to.equal(line);
    expect(inspect(model)).to.equal(line);
    expect(inspect({ graph: model.graph })).to.equal(
      '{ graph: Graph: 3 nodes (Const ×1, Placeholder ×1, Mul ×1), x → y }',
    );
    expect(String(model.with({ stage: 'integer' }))).to.match(/^Model of integers /);
  });

  it('saves into a folder and to a handler', () =>
    withTempFolder(async (folder) => {
      const out = path.join(folder, 'out');
      const { files, bytes } = await scaled().save(out);
      expect(files).to.have.length(2);
      expect(bytes).to.be.greaterThan(8);
      let taken: tf.io.ModelArtifacts | undefined;
      await scaled().save(
        tf.io.withSaveHandler((artifacts) => {
          taken = artifacts;
          return Promise.resolve({
            modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
          });
        }),
      );
      const x = tf.tensor2d([[1, 1]]);
      for (const source of [out, taken as unknown as tf.io.ModelArtifacts]) {
        const read = await loadModel(source);
        expect(valuesOf(read, x)).to.deep.equal([2, 3]);
        read.dispose();
      }
      x.dispose();
    }));

  it('shares its weights with other models, but no tensors and no changes', async () => {
    const x = tf.ones([1, 2]);
    await expectNoLeak(() => {
      const model = scaled();
      const other = model.with({
        weights: model.weights.with(new Map([['w', Weight.of(Float32Array.of(5, 7), [2])]])),
      });
      const same = model.with({});
      expect(valuesOf(model, x)).to.deep.equal([2, 3]);
      expect(valuesOf(other, x)).to.deep.equal([5, 7]);
      expect(valuesOf(same, x)).to.deep.equal([2, 3]);
      model.dispose();
      expect(valuesOf(same, x)).to.deep.equal([2, 3]);
      same.dispose();
      other.dispose();
    });
    x.dispose();
  });

  it('hands out no view on its weights', () => {
    const b = new GraphBuilder();
    b.input('x', [-1]);
    b.output(b.constant('w', Float32Array.of(2, 3), [2]));
    const model = b.build();
    const x = tf.ones([1]);
    tf.tidy(() => (model.run(x)[0] as tf.Tensor).dataSync().fill(9));
    expect([...model.weights.need('w').numbers()]).to.deep.equal([2, 3]);
    model.dispose();
    x.dispose();
  });

  it('moves with the backend', async () => {
    const x = tf.ones([1, 2]);
    const model = scaled();
    expect(valuesOf(model, x)).to.deep.equal([2, 3]);
    tf.registerBackend('other-cpu', () => tf.findBackendFactory('cpu')());
    for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu')) {
      tf.registerKernel({ kernelName, kernelFunc, backendName: 'other-cpu' });
    }
    await tf.setBackend('other-cpu');
    expect(valuesOf(model, x)).to.deep.equal([2, 3]);
    await tf.setBackend('cpu');
    expect(valuesOf(model, x)).to.deep.equal([2, 3]);
    model.dispose();
    x.dispose();
    tf.removeBackend('other-cpu');
  });
});
