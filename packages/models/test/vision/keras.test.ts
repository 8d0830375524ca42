import { backend, loadModel, Weight, type Model } from '@tfjs-optimize/core';
import { mobilenetV1, visionModel, type StateDict } from '@tfjs-optimize/models';
import { maxDifference, maxMagnitude, needShared } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Of the largest output, for float32 sums in another order, as for the nets that are held against torchvision. */
const TOLERANCE = 1e-4;
const PHOTOS = 4;
const SIZE = 224;
/** What Keras adds to variances, and PyTorch. */
const [KERAS, PYTORCH] = [1e-3, 1e-5];

/**
 * Keras' weights as those of PyTorch's layout. At a stride of 2 Keras pads even images below and to the right alone,
 * PyTorch on all sides, of which it uses the other two: what one computes of an image is what the other computes of it
 * upside down and left to right, with kernels turned likewise.
 */
function stateOf(keras: Model, names: ReadonlyMap<string, string>): StateDict {
  const weightOf = (name: string): tf.Tensor => {
    const weight = keras.weights.get(name) as Weight;
    return tf.tensor(weight.numbers(), [...weight.shape], 'float32');
  };
  const state = new Map<string, Weight>();
  const add = (name: string, make: () => tf.Tensor): void => {
    const tensor = tf.tidy(make);
    state.set(name, Weight.of(tensor.dataSync<'float32'>().slice(), tensor.shape));
    tensor.dispose();
  };
  for (const [own, theirs] of names) {
    if (own === 'classifier') {
      add(`${own}.weight`, () => tf.transpose(tf.squeeze(weightOf(`${theirs}/kernel`))));
      add(`${own}.bias`, () => weightOf(`${theirs}/bias`));
    } else if (theirs.endsWith('_bn')) {
      add(`${own}.weight`, () => weightOf(`${theirs}/gamma`));
      add(`${own}.bias`, () => weightOf(`${theirs}/beta`));
      add(`${own}.running_mean`, () => weightOf(`${theirs}/moving_mean`));
      add(`${own}.running_var`, () => tf.add(weightOf(`${theirs}/moving_variance`), KERAS - PYTORCH));
    } else {
      const isDepthwise = theirs.includes('dw');
      const turned = (): tf.Tensor =>
        tf.reverse(weightOf(`${theirs}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`), [0, 1]);
      add(`${own}.weight`, () => tf.transpose(turned(), isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]));
    }
  }
  return state;
}

/** Layers of Keras' MobileNet by the modules of timm's. */
function layerNames(): ReadonlyMap<string, string> {
  const names = new Map([
    ['conv_stem', 'conv1'],
    ['bn1', 'conv1_bn'],
    ['classifier', 'conv_preds'],
  ]);
  let block = 1;
  for (const [stage, repeats] of [1, 2, 2, 6, 2].entries()) {
    for (let i = 0; i < repeats; i++, block++) {
      const own = `blocks.${stage}.${i}`;
      names.set(`${own}.conv_dw`, `conv_dw_${block}`).set(`${own}.bn1`, `conv_dw_${block}_bn`);
      names.set(`${own}.conv_pw`, `conv_pw_${block}`).set(`${own}.bn2`, `conv_pw_${block}_bn`);
    }
  }
  return names;
}

describe("mobilenetV1 equals Keras' MobileNet with its ImageNet weights", function () {
  this.timeout(60_000);
  let keras: Model;
  let pixels: tf.Tensor4D;
  before(async function () {
    const folder = needShared(this, 'data', 'models', 'mobilenet-v1-025-imagenet-layers');
    const photos = path.join(needShared(this, 'data', 'imagenet-sample-150'), 'images_224_u8_100.bin.gz');
    await backend.use('wasm');
    keras = await loadModel(path.join(folder, 'model.json'));
    const bytes = gunzipSync(fs.readFileSync(photos)).subarray(0, PHOTOS * SIZE * SIZE * 3);
    pixels = tf.tensor4d(
      Float32Array.from(bytes, (value) => value * (2 / 255) - 1),
      [PHOTOS, SIZE, SIZE, 3],
    );
  });
  after(() => tf.dispose([pixels ?? []]));

  it(`on ${PHOTOS} photos, within ${TOLERANCE} of the largest probability`, () => {
    const model = visionModel(mobilenetV1({ width: 0.25 }), stateOf(keras, layerNames()));
    const before = tf.memory().numTensors;
    const [own, theirs] = tf.tidy(() => {
      const [logits] = model.run(tf.reverse4d(pixels, [1, 2])) as [tf.Tensor];
      return [tf.softmax(logits).dataSync(), (keras.run(pixels)[0] as tf.Tensor).dataSync()];
    }) as [Float32Array, Float32Array];
    expect(tf.memory().numTensors - before).to.be.at.most(model.weights.size + keras.weights.size);
    expect(maxDifference(own, theirs)).to.be.below(TOLERANCE * maxMagnitude(theirs));
    model.dispose();
    keras.dispose();
  });
});
