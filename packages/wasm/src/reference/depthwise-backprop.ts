import { eachTap, gradientSizes } from './conv2d.js';
import { need, zeros, type Reference } from './values.js';

/** dL/dfilter of a depthwise convolution, given dL/dy. */
export const depthwiseBackpropFilter: Reference = (inputs, attrs) => {
  const [x, dy] = [need(inputs, 'x'), need(inputs, 'dy')];
  const { filterShape } = attrs as { readonly filterShape: readonly number[] };
  const { inChannels, outChannels, ...geometry } = gradientSizes(dy, x.shape, filterShape, attrs, true);
  const multiplier = outChannels / inChannels;
  const out = zeros(filterShape);
  eachTap({ ...geometry, inChannels, outChannels }, (pixel, seen, tap) => {
    for (let k = 0; k < outChannels; k++) {
      const value = x.data[seen * inChannels + Math.floor(k / multiplier)] as number;
      const place = tap * outChannels + k;
      out.data[place] = (out.data[place] as number) + value * (dy.data[pixel * outChannels + k] as number);
    }
  });
  return out;
};

/** dL/dx of a depthwise convolution, given dL/dy. */
export const depthwiseBackpropInput: Reference = (inputs, attrs) => {
  const [dy, filter] = [need(inputs, 'dy'), need(inputs, 'filter')];
  const { inputShape } = attrs as { readonly inputShape: readonly number[] };
  const { inChannels, outChannels, ...geometry } = gradientSizes(dy, inputShape, filter.shape, attrs, true);
  const multiplier = outChannels / inChannels;
  const out = zeros(inputShape);
  eachTap({ ...geometry, inChannels, outChannels }, (pixel, seen, tap) => {
    for (let k = 0; k < outChannels; k++) {
      const place = seen * inChannels + Math.floor(k / multiplier);
      const weight = filter.data[tap * outChannels + k] as number;
      out.data[place] = (out.data[place] as number) + weight * (dy.data[pixel * outChannels + k] as number);
    }
  });
  return out;
};
