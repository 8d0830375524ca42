import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { needShared, runChild, runStock, stockFolder, tempFolder } from '@tfjs-optimize/testing';

/** A graph model that adds [1, 2] to its input, as small as a file can be. */
function writeAddModel(folder: string): string {
  const dtype = { dtype: { type: 'DT_FLOAT' } };
  const shape = { shape: { dim: [{ size: '-1' }, { size: '2' }] } };
  const nodes = [
    { name: 'x', op: 'Placeholder', attr: { ...dtype, shape: shape } },
    { name: 'b', op: 'Const', attr: dtype },
    { name: 'y', op: 'AddV2', input: ['x', 'b'], attr: { T: { type: 'DT_FLOAT' } } },
  ];
  const weights = [{ name: 'b', dtype: 'float32', shape: [2] }];
  const model = {
    format: 'graph-model',
    modelTopology: { node: nodes, versions: { producer: 1 } },
    weightsManifest: [{ paths: ['b.bin'], weights }],
  };
  fs.writeFileSync(path.join(folder, 'b.bin'), new Uint8Array(new Float32Array([1, 2]).buffer));
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(model));
  return path.join(folder, 'model.json');
}

describe('stock TensorFlow.js in a process of its own', function () {
  this.timeout(60_000);

  it('runs a graph model at two batch sizes, by order and by name', async () => {
    const model = writeAddModel(tempFolder());
    const answer = await runStock({
      model,
      runs: [
        [{ dtype: 'float32', shape: [1, 2], data: [10, 20] }],
        { x: { dtype: 'float32', shape: [2, 2], data: [0, 0, 1, 1] } },
      ],
    });
    expect(answer.leaked).to.equal(0);
    expect(answer.outputNames).to.deep.equal(['y']);
    expect(answer.runs[0]?.[0]).to.deep.equal({
      dtype: 'float32',
      shape: [1, 2],
      data: new Float32Array([11, 22]),
    });
    expect(answer.runs[1]?.[0]?.data).to.deep.equal(new Float32Array([1, 2, 2, 3]));
  });

  it('tells what stock TensorFlow.js said when it fails', async () => {
    const model = writeAddModel(tempFolder());
    fs.rmSync(path.join(path.dirname(model), 'b.bin'));
    const error = await runStock({ model, runs: [] }).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    expect(error)
      .to.match(/ended with 1/)
      .and.match(/b\.bin/);
  });

  it('sees TensorFlow.js and nothing of this repository', async () => {
    const folder = stockFolder();
    const script = path.join(folder, 'look.cjs');
    fs.writeFileSync(
      script,
      `const found = (name) => { try { require.resolve(name); return true; } catch { return false; } };
       console.log(['@tensorflow/tfjs', '@tfjs-optimize/core', '@tfjs-optimize/testing', 'chai'].map(found).join());`,
    );
    const result = await runChild(script, [], { cwd: folder, nodeOptions: ['--preserve-symlinks'] });
    expect(result.stdout.trim()).to.equal('true,false,false,false');
  });

  describe('with a model of the shared data', () => {
    let model = '';
    before(function () {
      model = needShared(this, 'data', 'models', 'mnist-cnn-layers', 'model.json');
    });

    it('runs a layers model', async () => {
      const image = new Float32Array(28 * 28);
      const answer = await runStock({
        model,
        kind: 'layers',
        runs: [[{ dtype: 'float32', shape: [1, 28, 28, 1], data: image }]],
      });
      expect(answer.runs[0]?.[0]?.shape).to.deep.equal([1, 10]);
    });
  });
});
