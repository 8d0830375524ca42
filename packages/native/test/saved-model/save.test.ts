import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { GraphBuilder, loadModel, type Model } from '@tfjs-optimize/core';
import { expectCode, expectNoLeak, nets, tempFolder } from '@tfjs-optimize/testing';
import { saveSavedModel } from '../../src/index.js';

const target = (): string => path.join(tempFolder(), 'above', 'saved');

function modelOf(build: (b: GraphBuilder) => string): Model {
  const b = new GraphBuilder();
  b.output(build(b), 'y');
  return b.build();
}

const small = (): Model => modelOf((b) => b.op('Relu', [b.input('x', [-1, 2])]));

/** Expects an error and that nothing was left, not even a folder that was made for it. */
async function refused(code: string, model: Model): Promise<string> {
  const folder = tempFolder();
  const error = await expectCode(code, () => saveSavedModel(model, path.join(folder, 'saved')));
  expect(fs.readdirSync(folder)).to.deep.equal([]);
  return error.message;
}

describe('saveSavedModel', () => {
  before(() => tf.setBackend('cpu'));

  it('writes one file and says how long it is', async () => {
    const folder = target();
    const { files, bytes } = await saveSavedModel(small(), folder);
    expect(files.map((file) => file.path)).to.deep.equal(['saved_model.pb']);
    expect(bytes).to.equal(fs.statSync(path.join(folder, 'saved_model.pb')).size);
    expect(fs.readdirSync(path.dirname(folder))).to.deep.equal(['saved']);
  });

  it('writes the same bytes for the same model', async () => {
    const model = await loadModel(nets.lenet({ seed: 1 }));
    const [a, b] = [target(), target()];
    for (const folder of [a, b]) await saveSavedModel(model, folder, { weights: 'variables' });
    for (const file of [
      'saved_model.pb',
      'variables/variables.index',
      'variables/variables.data-00000-of-00001',
    ]) {
      expect(fs.readFileSync(path.join(a, file)).equals(fs.readFileSync(path.join(b, file))), file).to.equal(
        true,
      );
    }
  });

  it('takes layers models and leaves no tensors', async () => {
    const net = nets.mlp({ seed: 1 });
    await expectNoLeak(() => saveSavedModel(net, target()));
  });

  it('takes an empty folder, and refuses one that holds something, before any work', async () => {
    const folder = tempFolder();
    await saveSavedModel(small(), folder);
    const before = fs.readFileSync(path.join(folder, 'saved_model.pb'));
    const bad = modelOf((b) => b.op('NoSuchOp', [b.input('x', [2])]));
    const error = await expectCode('native/exists', () => saveSavedModel(bad, folder));
    expect(error.message).to.match(/got one that holds saved_model\.pb\. Choose another name/);
    expect(fs.readFileSync(path.join(folder, 'saved_model.pb')).equals(before)).to.equal(true);
    const file = path.join(folder, 'saved_model.pb');
    await expectCode('native/exists', () => saveSavedModel(small(), file));
  });

  it('refuses an op that TensorFlow does not know, with the name of the node', async () => {
    const message = await refused(
      'native/op',
      modelOf((b) => b.op('NoSuchOp', [b.input('x', [2])], {}, 'odd')),
    );
    expect(message).to.match(
      /^node 'odd' \(NoSuchOp\): expected an op of TensorFlow that this package writes/,
    );
  });

  it('refuses what an op of TensorFlow does not take', async () => {
    const strides = { strides: [1, 1, 2, 1], padding: 'SAME', dilations: [1, 1, 1, 1] };
    await refused(
      'native/op',
      modelOf((b) =>
        b.op(
          'DepthwiseConv2dNative',
          [b.input('x', [1, 4, 4, 1]), b.constant('w', [1], [1, 1, 1, 1])],
          strides,
        ),
      ),
    );
    await refused(
      'native/op',
      modelOf((b) => b.op('Relu', [b.input('x', [2]), b.input('z', [2])])),
    );
    await refused(
      'graph/attribute',
      modelOf((b) => b.op('MaxPool', [b.input('x', [1, 4, 4, 1])], { padding: 'SAME' })),
    );
  });

  it('refuses strings, as inputs and as constants', async () => {
    const input = modelOf((b) => b.op('Identity', [b.input('words', [2], 'string')]));
    expect(await refused('native/string', input)).to.match(/^'words': expected numbers, got strings/);
    const constant = modelOf((b) => b.op('Identity', [b.constant('names', ['a', 'b'])]));
    expect(await refused('native/string', constant)).to.match(/^constant 'names': expected numbers/);
  });

  it('refuses integer models and says what to save instead', async () => {
    const integer = small().with<'integer'>({ stage: 'integer' });
    expect(await refused('model/stage', integer)).to.include('Save the model as it was before');
  });

  it('refuses options and folders of the wrong form', async () => {
    await expectCode('argument/invalid', () => saveSavedModel(small(), ' '));
    await expectCode('argument/invalid', () =>
      saveSavedModel(small(), target(), { weights: 'both' as 'variables' }),
    );
  });

  it('stops when it is told and leaves nothing', async () => {
    const folder = tempFolder();
    const control = new AbortController();
    const options = {
      weights: 'variables',
      signal: control.signal,
      onProgress: () => control.abort(),
    } as const;
    const model = await loadModel(nets.lenet({ seed: 1 }));
    await expectCode('aborted', () => saveSavedModel(model, path.join(folder, 'a', 'b', 'saved'), options));
    expect(fs.readdirSync(folder)).to.deep.equal([]);
  });
});
