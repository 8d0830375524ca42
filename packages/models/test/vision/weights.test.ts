import { backend, compareOutputs, Weight } from '@tfjs-optimize/core';
import {
  encodeSafetensors,
  loadWeights,
  mobilenetV2,
  newWeights,
  resnet,
  visionLayers,
  visionModel,
  writeSafetensors,
  type MobilenetOptions,
  type ResnetDepth,
  type StateDict,
} from '@tfjs-optimize/models';
import { expectCode, tempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { serve } from '../download/server.js';

const net = mobilenetV2({ width: 0.35, classes: 4 });

describe('weights of image networks', function () {
  this.timeout(30_000);
  const weights = newWeights(net, { seed: 3 });
  before(() => backend.use('wasm'));

  const changed = (changes: Readonly<Record<string, Weight | undefined>>): StateDict => {
    const state = new Map(weights);
    for (const [name, weight] of Object.entries(changes)) {
      if (weight === undefined) state.delete(name);
      else state.set(name, weight);
    }
    return state;
  };
  const refused = async (state: StateDict): Promise<string> => {
    const options = { subject: 'm.safetensors' };
    const asLayers = await expectCode('models/weight', () => visionLayers(net, state, options));
    const asGraph = await expectCode('models/weight', () => visionModel(net, state, options));
    expect(asGraph.message).to.equal(asLayers.message);
    expect(asGraph.message).to.include('m.safetensors');
    return asGraph.message;
  };

  it('names a missing tensor, and one that is near', async () => {
    const weight = weights.get('classifier.1.weight') as Weight;
    const message = await refused(
      changed({ 'classifier.1.weight': undefined, 'classifier.2.weight': weight }),
    );
    expect(message).to.include("'classifier.1.weight'").and.include("Did you mean 'classifier.2.weight'?");
  });

  it('tells what stands before all names, or before some', async () => {
    for (const prefix of ['module.', 'model.', 'backbone.net.']) {
      const all = new Map([...weights].map(([name, weight]) => [`${prefix}${name}`, weight]));
      const message = await refused(all);
      expect(message)
        .to.include(`Did you mean '${prefix}features`)
        .and.include(`All names begin with '${prefix}'`);
      const more = new Map([...all, ['head.bias', Weight.of(new Float32Array(1), [1])]]);
      expect(await refused(more)).to.include(`Of ${more.size} names ${all.size} begin with '${prefix}'`);
    }
  });

  it('names a tensor of another shape or type', async () => {
    const name = 'classifier.1.weight';
    expect(await refused(changed({ [name]: Weight.of(new Float32Array(8), [4, 2]) })))
      .to.include(name)
      .and.include('[4,1280]')
      .and.include('[4,2]');
    const whole = Weight.of(new Int32Array(4 * 1280), [4, 1280]);
    expect(await refused(changed({ [name]: whole })))
      .to.include(name)
      .and.include('int32');
  });

  it('tells tensors that the network does not have, unless strict is false; counts of batches are none', async () => {
    const one = Weight.of(new Float32Array(1), [1]);
    const state = changed({
      'aux.weight': one,
      'features.0.1.num_batches_tracked': Weight.of(new Int32Array(1), []),
    });
    const message = await refused(state);
    expect(message).to.include("'aux.weight'").and.not.include('num_batches_tracked');
    visionModel(net, state, { strict: false });
  });

  it("takes timm's names of MobileNetV2", async () => {
    const renamed = new Map([...weights].map(([name, weight]) => [net.otherNames.get(name), weight]));
    // Some, as `timm.create_model('mobilenetv2_035').state_dict()` has them.
    for (const name of [
      'conv_stem.weight',
      'bn1.running_var',
      'blocks.0.0.conv_dw.weight',
      'blocks.0.0.bn2.bias',
      'blocks.1.0.conv_pw.weight',
      'blocks.3.3.conv_dw.weight',
      'blocks.6.0.conv_pwl.weight',
      'blocks.6.0.bn3.weight',
      'conv_head.weight',
      'bn2.running_mean',
      'classifier.bias',
    ])
      expect([...renamed.keys()]).to.include(name);
    expect(renamed.size).to.equal(weights.size);
    expect(renamed.has(undefined)).to.equal(false);
    const image = tf.ones([1, 32, 32, 3]);
    const { max } = await compareOutputs(
      visionModel(net, weights),
      visionModel(net, renamed as unknown as StateDict),
      image,
    );
    expect(max).to.equal(0);
    image.dispose();
  });

  it('from a file and from a server, checked, equal those in memory; halves stay halves', async () => {
    const folder = tempFolder('weights');
    const file = path.join(folder, 'model.safetensors');
    await writeSafetensors(file, weights);
    const bytes = fs.readFileSync(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const server = await serve(bytes, '/model.safetensors');
    const cache = path.join(folder, 'cache');
    const image = tf.ones([1, 32, 32, 3]);
    const model = visionModel(net, weights);
    for (const state of [
      await loadWeights(file, { sha256 }),
      await loadWeights(server.url, { sha256, cache }),
      await loadWeights(server.url, { cache, offline: true }),
    ]) {
      const { max } = await compareOutputs(model, visionModel(net, state), image);
      expect(max).to.equal(0);
    }
    expect(server.requests).to.have.length(1);
    await expectCode('models/checksum', () => loadWeights(file, { sha256: '0'.repeat(64) }));
    await expectCode('io/not-found', () => loadWeights(`${file}x`, { sha256 }));
    await server.close();
    fs.writeFileSync(file, encodeSafetensors(weights, { floats: 'F16' }));
    const half = visionModel(net, await loadWeights(file));
    expect(half.weights.need('features.18.0/kernel').encoding.kind).to.equal('float16');
    const { relative } = await compareOutputs(model, half, image);
    // 2⁻¹¹ a weight, in 53 layers that multiply.
    expect(relative)
      .to.be.below(53 * 2 ** -11)
      .and.above(0);
    image.dispose();
  });

  it('refuses networks that are none', async () => {
    await expectCode('argument/invalid', () => resnet(101 as ResnetDepth));
    await expectCode('argument/invalid', () => mobilenetV2({ width: 0 }));
    await expectCode('argument/invalid', () => mobilenetV2({ alpha: 1 } as MobilenetOptions));
    await expectCode('argument/invalid', () => visionLayers(net, weights, { imageSize: [0, 224] }));
  });
});
