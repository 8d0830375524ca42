import { backend } from '@tfjs-optimize/core';
import { IMAGENET, preprocess, topClasses, type PreprocessOptions } from '@tfjs-optimize/models';
import { expectCode, expectNoLeak } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';

/** Sums of a few float32 numbers around 1. */
const TOLERANCE = 1e-5;

describe('preprocess', () => {
  before(() => backend.use('wasm'));

  it('cuts the middle out and normalizes each channel', async () => {
    // 16 × 8, whose shorter side is 8 already: nothing is resized, rows 6 to 9 and columns 2 to 5 remain.
    const numbers = Array.from({ length: 16 * 8 * 3 }, (_, i) => i % 256);
    const pixels = tf.tensor3d(numbers, [16, 8, 3]);
    const ready = preprocess(pixels, { size: 4, shorterSide: 8 });
    expect(ready.shape).to.deep.equal([1, 4, 4, 3]);
    const values = await ready.data();
    for (let i = 0; i < values.length; i++) {
      const [row, column, channel] = [Math.floor(i / 12) + 6, (Math.floor(i / 3) % 4) + 2, i % 3];
      const pixel = ((row * 8 + column) * 3 + channel) % 256;
      const wanted = (pixel / 255 - (IMAGENET.mean[channel] ?? NaN)) / (IMAGENET.deviation[channel] ?? NaN);
      expect(values[i]).to.be.closeTo(wanted, TOLERANCE);
    }
    tf.dispose([pixels, ready]);
  });

  it('resizes by the shorter side, bilinear with the middles of pixels at halves, as PyTorch does', async () => {
    // torch.nn.functional.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False): 0, ¼, ¾, 1, and so on.
    const pixels = tf.tensor3d([0, 1, 2, 3, 4, 5], [2, 3, 1]);
    const ready = preprocess(pixels, { size: 4, shorterSide: 4, mean: [0], deviation: [1 / 255] });
    const columns = [0.25, 0.75, 1.25, 1.75];
    const wanted = [0, 0.75, 2.25, 3].flatMap((row) => columns.map((column) => row + column));
    const values = Array.from(await ready.data());
    wanted.forEach((value, i) => expect(values[i]).to.be.closeTo(value, TOLERANCE));
    tf.dispose([pixels, ready]);
  });

  it('takes batches, and 256 before 224 unless told; leaves no tensors', async () => {
    const images = tf.zeros<tf.Rank.R4>([2, 300, 260, 3]);
    await expectNoLeak(() => {
      const ready = preprocess(images);
      expect(ready.shape).to.deep.equal([2, 224, 224, 3]);
      ready.dispose();
    });
    images.dispose();
  });

  it('refuses what is no image, and options that do not fit', async () => {
    const image = tf.zeros<tf.Rank.R3>([8, 8, 3]);
    const flat = tf.zeros([8, 8]);
    await expectCode('argument/invalid', () => preprocess(flat as tf.Tensor3D));
    await expectCode('argument/invalid', () => preprocess('x' as unknown as tf.Tensor3D));
    const bad: readonly PreprocessOptions[] = [
      { size: 0 },
      { size: 8, shorterSide: 4 },
      { mean: [0] },
      { deviation: [1, 1, 0] },
    ];
    for (const options of bad) await expectCode('argument/invalid', () => preprocess(image, options));
    for (const [channels, advice] of [
      [4, 'Leave out alpha'],
      [1, 'grayscaleToRGB'],
    ] as const) {
      const other = tf.zeros<tf.Rank.R3>([8, 8, channels]);
      const { message } = await expectCode('argument/invalid', () => preprocess(other));
      expect(message).to.include(`images: expected 3 channels: red, green and blue, got ${channels}`);
      expect(message).to.include(advice);
      other.dispose();
    }
    tf.dispose([image, flat]);
  });
});

describe('topClasses', () => {
  it('gives the most probable classes of each image with their names', async () => {
    const logits = tf.tensor2d([0, Math.log(3), 0, Math.log(2), 0, 0], [2, 3]);
    const [first, second] = await topClasses(logits, { count: 2, labels: ['a', 'b', 'c'] });
    expect(first?.map(({ index, label }) => [index, label])).to.deep.equal([
      [1, 'b'],
      [0, 'a'],
    ]);
    expect(first?.[0]?.probability).to.be.closeTo(0.6, TOLERANCE);
    expect(second?.map(({ index }) => index)).to.deep.equal([0, 1]);
    expect(second?.[0]?.probability).to.be.closeTo(0.5, TOLERANCE);
    await expectCode('argument/invalid', () => topClasses(logits, { labels: ['a'] }));
    await expectCode('argument/invalid', () => topClasses(logits, { count: 4 }));
    await expectCode('argument/invalid', () => topClasses(logits, { top: 1 } as object));
    await expectCode('argument/invalid', () => topClasses(logits, { count: 0 }));
    await expectNoLeak(() => topClasses(logits));
    logits.dispose();
  });

  it('refuses logits that are not finite, naming the image', async () => {
    for (const bad of [NaN, Infinity]) {
      const logits = tf.tensor2d([0, 1, 2, bad], [2, 2]);
      const error = await expectCode('argument/invalid', () => topClasses(logits));
      expect(error.message).to.include('logits of image 1');
      logits.dispose();
    }
  });
});
