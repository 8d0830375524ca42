import { finish } from './activations.js';
import { eachTap, sizesOf } from './conv2d.js';
import { endingOf } from './mat-mul.js';
import { need, zeros, type Reference } from './values.js';

/** f(x ∗ filter + bias) where each channel has filters of its own, as the definition says. */
export const depthwiseConv2d: Reference = (inputs, attrs) => {
  const [x, filter] = [need(inputs, 'x'), need(inputs, 'filter')];
  const geometry = sizesOf(x.shape, filter.shape, attrs, true);
  const { inChannels, outChannels } = geometry;
  const multiplier = outChannels / inChannels;
  const out = zeros(geometry.outShape);
  eachTap(geometry, (pixel, seen, tap) => {
    for (let k = 0; k < outChannels; k++) {
      const value = x.data[seen * inChannels + Math.floor(k / multiplier)] as number;
      const place = pixel * outChannels + k;
      const weight = filter.data[tap * outChannels + k] as number;
      out.data[place] = (out.data[place] as number) + value * weight;
    }
  });
  finish(out.data, outChannels, endingOf(inputs, attrs));
  return out;
};
