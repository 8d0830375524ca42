import * as G from '../conv/geometry';
import { loadFirst, storeFirst } from '../simd';

/**
 * The gradient of max pooling of one image: each output's goes to the first of the largest numbers that it saw, as in
 * TensorFlow.js. `to` holds zeros before.
 * @param image height × width × channels numbers; `dy` outHeight × outWidth × channels.
 */
export function maxPoolGrad(to: usize, image: usize, dy: usize, g: usize): void {
  walk(to, image, dy, g, true);
}

/** The same of average pooling. As in TensorFlow.js a pixel's part is that of a window within the image, also at its edges. */
export function avgPoolGrad(to: usize, dy: usize, g: usize): void {
  walk(to, 0, dy, g, false);
}

function walk(to: usize, image: usize, dy: usize, g: usize, largest: bool): void {
  const height = load<i32>(g, G.HEIGHT);
  const width = load<i32>(g, G.WIDTH);
  const channels = load<i32>(g, G.CHANNELS);
  const dilationY = load<i32>(g, G.DILATION_HEIGHT);
  const dilationX = load<i32>(g, G.DILATION_WIDTH);
  const part = f32x4.splat(1 / <f32>(load<i32>(g, G.FILTER_HEIGHT) * load<i32>(g, G.FILTER_WIDTH)));
  for (let outY = 0; outY < load<i32>(g, G.OUT_HEIGHT); outY++) {
    const top = outY * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP);
    const firstY = firstInside(top, dilationY);
    const endY = min(top + load<i32>(g, G.FILTER_HEIGHT) * dilationY, height);
    for (let outX = 0; outX < load<i32>(g, G.OUT_WIDTH); outX++) {
      const left = outX * load<i32>(g, G.STRIDE_WIDTH) - load<i32>(g, G.PAD_LEFT);
      const firstX = firstInside(left, dilationX);
      const endX = min(left + load<i32>(g, G.FILTER_WIDTH) * dilationX, width);
      for (let c = 0; c < channels; c += 4) {
        const at = (<usize>c) << 2;
        const rest = min(4, channels - c);
        const gradient = loadFirst(dy + at, rest);
        if (largest) {
          giveLargest(
            to + at,
            image + at,
            gradient,
            firstY,
            endY,
            dilationY,
            firstX,
            endX,
            dilationX,
            width,
            channels,
            rest,
          );
        } else {
          giveAll(
            to + at,
            f32x4.mul(gradient, part),
            firstY,
            endY,
            dilationY,
            firstX,
            endX,
            dilationX,
            width,
            channels,
            rest,
          );
        }
      }
      dy += (<usize>channels) << 2;
    }
  }
}

/** The first place of a window from `start` on that is not before 0. */
export function firstInside(start: i32, step: i32): i32 {
  return start >= 0 ? start : start + ((step - 1 - start) / step) * step;
}

function giveLargest(
  to: usize,
  image: usize,
  gradient: v128,
  firstY: i32,
  endY: i32,
  stepY: i32,
  firstX: i32,
  endX: i32,
  stepX: i32,
  width: i32,
  channels: i32,
  rest: i32,
): void {
  let most = f32x4.splat(-Infinity);
  let where = i32x4.splat(-1);
  for (let y = firstY; y < endY; y += stepY) {
    for (let x = firstX; x < endX; x += stepX) {
      const pixel = y * width + x;
      const value = loadFirst(image + ((<usize>(pixel * channels)) << 2), rest);
      const isMore = f32x4.gt(value, most);
      most = v128.bitselect(value, most, isMore);
      where = v128.bitselect(i32x4.splat(pixel), where, isMore);
    }
  }
  for (let y = firstY; y < endY; y += stepY) {
    for (let x = firstX; x < endX; x += stepX) {
      const pixel = y * width + x;
      add(
        to + ((<usize>(pixel * channels)) << 2),
        v128.and(gradient, i32x4.eq(where, i32x4.splat(pixel))),
        rest,
      );
    }
  }
}

function giveAll(
  to: usize,
  share: v128,
  firstY: i32,
  endY: i32,
  stepY: i32,
  firstX: i32,
  endX: i32,
  stepX: i32,
  width: i32,
  channels: i32,
  rest: i32,
): void {
  for (let y = firstY; y < endY; y += stepY) {
    for (let x = firstX; x < endX; x += stepX)
      add(to + ((<usize>((y * width + x) * channels)) << 2), share, rest);
  }
}

function add(to: usize, value: v128, rest: i32): void {
  if (rest === 4) {
    v128.store(to, f32x4.add(v128.load(to), value));
    return;
  }
  const sum = f32x4.add(loadFirst(to, rest), value);
  storeFirst(to, sum, sum, rest);
}
