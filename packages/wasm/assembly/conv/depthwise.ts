import { GROUP, outputGroup } from './depthwise-groups';
import * as G from './geometry';
import { patches } from './patches';

/**
 * Weights of a depthwise convolution in the order in which they are read: four channels, all places of the filter, the
 * next four channels.
 * @param from taps × channels numbers; channels come in fours.
 */
export function packDepthwise(to: usize, from: usize, taps: i32, channels: i32): void {
  for (let c = 0; c < channels; c += 4) {
    for (let tap = 0; tap < taps; tap++) {
      v128.store(to, v128.load(from + ((<usize>(tap * channels + c)) << 2)));
      to += 16;
    }
  }
}

/**
 * A depthwise convolution of one image, one filter for each channel, held within [low, high]. Filters are 3 × 3 or
 * 5 × 5, steps 1 or 2, without dilation; channels come in fours.
 * @param weights see `packDepthwise`.
 * @param bias a number for each channel.
 * @param zeros width × channels zeros, which stand for lines outside of the image.
 * @param work memory for 5 addresses and a patch of size × size × channels numbers.
 */
export function depthwise(
  to: usize,
  image: usize,
  g: usize,
  weights: usize,
  bias: usize,
  low: f32,
  high: f32,
  zeros: usize,
  work: usize,
): void {
  const height = load<i32>(g, G.HEIGHT);
  const width = load<i32>(g, G.WIDTH);
  const outWidth = load<i32>(g, G.OUT_WIDTH);
  const size = load<i32>(g, G.FILTER_HEIGHT);
  const stride = load<i32>(g, G.STRIDE_WIDTH);
  const padLeft = load<i32>(g, G.PAD_LEFT);
  const step = (<usize>load<i32>(g, G.CHANNELS)) << 2;
  const line = <usize>width * step;
  const patch = work + 32;
  for (let outY = 0; outY < load<i32>(g, G.OUT_HEIGHT); outY++) {
    const top = outY * stride - load<i32>(g, G.PAD_TOP);
    let outX = 0;
    while (outX < outWidth) {
      const left = outX * stride - padLeft;
      let outputs = 1;
      if (left >= 0 && left + size <= width) {
        if (outX + GROUP <= outWidth && left + (GROUP - 1) * stride + size <= width) outputs = GROUP;
        for (let i = 0; i < size; i++) {
          const y = top + i;
          store<usize>(work + (i << 2), y >= 0 && y < height ? image + <usize>y * line : zeros);
        }
        outputGroup(size, stride, outputs, to, step, work, <usize>left * step, weights, bias, low, high);
      } else {
        patches(patch, image, g, outY * outWidth + outX, 1);
        for (let i = 0; i < size; i++) store<usize>(work + (i << 2), patch + <usize>(i * size) * step);
        outputGroup(size, stride, 1, to, step, work, 0, weights, bias, low, high);
      }
      outX += outputs;
      to += <usize>outputs * step;
    }
  }
}
