import { poolGeometry, type PoolAttrs } from '../kernels/pool/geometry.js';
import { ofOutput } from '../kernels/conv/geometry.js';
import { eachTap } from './conv2d.js';
import { need, zeros, type Reference, type Values } from './values.js';

/** dL/dx of max pooling: each output's gradient to the first of the largest numbers that it saw. */
export const maxPoolGrad: Reference = (inputs, attrs) => {
  const x = need(inputs, 'input');
  return spread(inputs, attrs, ({ seen, channel, channels }) => {
    const values = seen.map((pixel) => x.data[pixel * channels + channel] as number);
    const most = values.reduce((a, b) => (b > a ? b : a), -Infinity);
    const first = values.findIndex((value) => value === most && value > -Infinity);
    return values.map((_, i) => (i === first ? 1 : 0));
  });
};

/**
 * dL/dx of average pooling: each output's gradient to all that it saw, in parts of the window's size, as all backends of
 * TensorFlow.js have it. (At the edges of an image, where the mean is over fewer, the derivative is larger.)
 */
export const avgPoolGrad: Reference = (inputs, attrs) =>
  spread(inputs, attrs, ({ seen, size }) => seen.map(() => 1 / size));

interface Window {
  /** Pixels of the input, counted through the batch. */
  readonly seen: readonly number[];
  /** How many it would see within the image. */
  readonly size: number;
  readonly channel: number;
  readonly channels: number;
}

function spread(
  inputs: Parameters<Reference>[0],
  attrs: object,
  shares: (window: Window) => readonly number[],
): Values {
  const [dy, x] = [need(inputs, 'dy'), need(inputs, 'input')];
  const geometry = ofOutput(poolGeometry(x.shape, attrs as PoolAttrs), dy.shape);
  if (geometry === undefined) throw new Error('pooling: expected the gradient of its output, got another.');
  const channels = geometry.inChannels;
  const size = geometry.filterHeight * geometry.filterWidth;
  const windows = new Map<number, number[]>();
  eachTap(geometry, (pixel, seen) => windows.set(pixel, [...(windows.get(pixel) ?? []), seen]));
  const out = zeros(x.shape);
  for (const [pixel, seen] of windows) {
    for (let channel = 0; channel < channels; channel++) {
      const parts = shares({ seen, size, channel, channels });
      seen.forEach((each, i) => {
        const at = each * channels + channel;
        out.data[at] =
          (out.data[at] as number) + (parts[i] as number) * (dy.data[pixel * channels + channel] as number);
      });
    }
  }
  return out;
}
