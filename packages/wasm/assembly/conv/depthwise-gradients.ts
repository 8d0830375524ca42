import { madd } from '../simd';
import * as G from './geometry';

/**
 * The gradient of a depthwise convolution by its filter, of one image, added to `to`: filterHeight × filterWidth ×
 * channels × multiplier numbers.
 */
export function depthwiseFilterGrad(to: usize, image: usize, dy: usize, g: usize, multiplier: i32): void {
  walk(to, image, dy, g, multiplier, BY_FILTER);
}

/** The same by its input: added to the pixels of `to`, height × width × channels numbers. */
export function depthwiseInputGrad(to: usize, filter: usize, dy: usize, g: usize, multiplier: i32): void {
  walk(to, filter, dy, g, multiplier, BY_INPUT);
}

/**
 * A depthwise convolution of one image with a filter of any size, stride, dilation and multiplier, added to `to`:
 * outHeight × outWidth × channels × multiplier numbers.
 */
export function depthwiseAny(to: usize, image: usize, filter: usize, g: usize, multiplier: i32): void {
  walk(image, filter, to, g, multiplier, FORWARD);
}

/** Which of the three tensors of a convolution is added to. */
const BY_FILTER: i32 = 0;
const BY_INPUT: i32 = 1;
const FORWARD: i32 = 2;

function walk(to: usize, other: usize, dy: usize, g: usize, multiplier: i32, kind: i32): void {
  const height = load<i32>(g, G.HEIGHT);
  const width = load<i32>(g, G.WIDTH);
  const channels = load<i32>(g, G.CHANNELS);
  const filterHeight = load<i32>(g, G.FILTER_HEIGHT);
  const filterWidth = load<i32>(g, G.FILTER_WIDTH);
  const outputs = channels * multiplier;
  for (let outY = 0; outY < load<i32>(g, G.OUT_HEIGHT); outY++) {
    for (let outX = 0; outX < load<i32>(g, G.OUT_WIDTH); outX++) {
      let y = outY * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP);
      for (let i = 0; i < filterHeight; i++) {
        let x = outX * load<i32>(g, G.STRIDE_WIDTH) - load<i32>(g, G.PAD_LEFT);
        for (let j = 0; j < filterWidth; j++) {
          if (y >= 0 && y < height && x >= 0 && x < width) {
            const tap = (<usize>((i * filterWidth + j) * outputs)) << 2;
            const pixel = (<usize>((y * width + x) * channels)) << 2;
            if (kind === FORWARD) addByFilter(dy, to + pixel, other + tap, channels, multiplier);
            else if (kind === BY_FILTER) addByFilter(to + tap, other + pixel, dy, channels, multiplier);
            else addByInput(to + pixel, other + tap, dy, channels, multiplier);
          }
          x += load<i32>(g, G.DILATION_WIDTH);
        }
        y += load<i32>(g, G.DILATION_HEIGHT);
      }
      dy += (<usize>outputs) << 2;
    }
  }
}

/** to[c, q] += pixel[c] · dy[c, q]. */
function addByFilter(to: usize, pixel: usize, dy: usize, channels: i32, multiplier: i32): void {
  if (multiplier === 1) {
    addProducts(to, pixel, dy, channels);
    return;
  }
  for (let c = 0; c < channels; c++) {
    const value = load<f32>(pixel + ((<usize>c) << 2));
    for (let q = 0; q < multiplier; q++) {
      store<f32>(to, load<f32>(to) + value * load<f32>(dy));
      to += 4;
      dy += 4;
    }
  }
}

/** to[c] += Σ over q of weights[c, q] · dy[c, q]. */
function addByInput(to: usize, weights: usize, dy: usize, channels: i32, multiplier: i32): void {
  if (multiplier === 1) {
    addProducts(to, weights, dy, channels);
    return;
  }
  for (let c = 0; c < channels; c++) {
    let sum = load<f32>(to);
    for (let q = 0; q < multiplier; q++) {
      sum += load<f32>(weights) * load<f32>(dy);
      weights += 4;
      dy += 4;
    }
    store<f32>(to, sum);
    to += 4;
  }
}

/** to += a · b, number by number. */
function addProducts(to: usize, a: usize, b: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, madd(v128.load(a), v128.load(b), v128.load(to)));
    to += 16;
    a += 16;
    b += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(a) * load<f32>(b));
    to += 4;
    a += 4;
    b += 4;
  }
}
