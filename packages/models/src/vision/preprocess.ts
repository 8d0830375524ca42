import * as tf from '@tensorflow/tfjs';
import { checkOptions, fail, optionKinds, shapeText, valueText, type OptionKinds } from '@tfjs-optimize/core';

/** How images are made ready. */
export interface PreprocessOptions {
  /** Height and width of the square that is cut from the middle; 224 unless told. */
  readonly size?: number;
  /** Length of the shorter side before that; 8/7 of `size`, rounded, unless told: 256 for 224. */
  readonly shorterSide?: number;
  /** Mean and standard deviation of each channel, of pixels from 0 to 1; those of ImageNet unless told. */
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
}

/** Mean and standard deviation of red, green and blue over ImageNet, as torchvision's and timm's weights expect them. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

const numbers = (expected: string, fits: (value: number) => boolean) => ({
  expected,
  fits: (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => typeof each === 'number' && Number.isFinite(each) && fits(each)),
});

const KINDS: OptionKinds<PreprocessOptions> = {
  size: optionKinds.whole,
  shorterSide: optionKinds.whole,
  mean: numbers('a number for each channel', () => true),
  deviation: numbers('a number above 0 for each channel', (value) => value > 0),
};

/**
 * Images as networks with ImageNet weights take them: the shorter side is resized to 256 (bilinear, pixels as squares with
 * their middles at halves), the square of 224 in the middle is cut out, and pixels become (x / 255 − mean) / deviation.
 * torchvision resizes with a wider filter when it makes images smaller (`antialias`); bring large photos near that size by a
 * library for images first, where equal pixels matter.
 * @param images [height, width, channels] or [batch, height, width, channels], from 0 to 255.
 * @returns [batch, size, size, channels]; the caller disposes of it.
 */
export function preprocess(images: tf.Tensor3D | tf.Tensor4D, options: PreprocessOptions = {}): tf.Tensor4D {
  checkOptions<PreprocessOptions>(options, KINDS);
  const [height, width, channels] = sizesOf(images);
  const { size = 224, mean = IMAGENET.mean, deviation = IMAGENET.deviation } = options;
  const { shorterSide = Math.round((size * 8) / 7) } = options;
  if (shorterSide < size) {
    fail('argument/invalid', {
      subject: 'shorterSide',
      expected: `at least the size, ${size}`,
      got: valueText(shorterSide),
    });
  }
  if (options.mean === undefined && options.deviation === undefined && channels !== 3) {
    fail('argument/invalid', {
      subject: 'images',
      expected: '3 channels: red, green and blue',
      got: `${channels}`,
      advice:
        channels === 4
          ? 'Leave out alpha: images.slice([0, 0, 0], [-1, -1, 3]), or tf.browser.fromPixels(image, 3)'
          : 'Repeat a grey image by tf.image.grayscaleToRGB, or give mean and deviation for its channels',
    });
  }
  for (const [subject, list] of Object.entries({ mean, deviation })) {
    if (list.length === channels) continue;
    fail('argument/invalid', {
      subject,
      expected: `${channels} numbers, as many as the images have channels`,
      got: `${list.length}`,
      advice: 'Give mean and deviation together, of as many numbers',
    });
  }
  return tf.tidy(() => {
    const batch = images.rank === 3 ? images.expandDims<tf.Tensor4D>(0) : (images as tf.Tensor4D);
    const scale = shorterSide / Math.min(height, width);
    // torchvision cuts off what is left of the longer side.
    const sides = [height, width].map((side) => Math.floor(side * scale + 1e-9)) as [number, number];
    const resized = tf.image.resizeBilinear(batch, sides, false, true);
    const [top, left] = sides.map((side) => halfToEven((side - size) / 2)) as [number, number];
    const cut = tf.slice4d(resized, [0, top, left, 0], [batch.shape[0], size, size, channels]);
    const centred = tf.sub(tf.div(cut, 255), [...mean]);
    return tf.div<tf.Tensor4D>(centred, [...deviation]);
  });
}

/** The nearest whole number, of two the even one, as Python rounds where torchvision cuts. */
function halfToEven(value: number): number {
  const isHalf = value - Math.floor(value) === 0.5;
  return isHalf ? 2 * Math.round(value / 2) : Math.round(value);
}

function sizesOf(images: tf.Tensor): readonly [height: number, width: number, channels: number] {
  const sizes = images instanceof tf.Tensor ? images.shape.slice(-3) : [];
  if (!(images instanceof tf.Tensor) || ![3, 4].includes(images.rank) || sizes.some((size) => size < 1)) {
    fail('argument/invalid', {
      subject: 'images',
      expected: 'a tensor [height, width, channels] or [batch, height, width, channels] that is not empty',
      got: images instanceof tf.Tensor ? shapeText(images.shape) : valueText(images),
    });
  }
  return sizes as [number, number, number];
}
