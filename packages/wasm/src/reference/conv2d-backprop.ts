import { eachTap, gradientSizes } from './conv2d.js';
import { need, zeros, type Reference } from './values.js';

/** dL/dfilter of y = x ∗ filter, given dL/dy. */
export const conv2dBackpropFilter: Reference = (inputs, attrs) => {
  const [x, dy] = [need(inputs, 'x'), need(inputs, 'dy')];
  const { filterShape } = attrs as { readonly filterShape: readonly number[] };
  const geometry = gradientSizes(dy, x.shape, filterShape, attrs);
  const { inChannels, outChannels } = geometry;
  const out = zeros(filterShape);
  eachTap(geometry, (pixel, seen, tap) => {
    for (let c = 0; c < inChannels; c++) {
      for (let k = 0; k < outChannels; k++) {
        const place = (tap * inChannels + c) * outChannels + k;
        const product = at(x.data, seen * inChannels + c) * at(dy.data, pixel * outChannels + k);
        out.data[place] = at(out.data, place) + product;
      }
    }
  });
  return out;
};

/** dL/dx of y = x ∗ filter, given dL/dy. */
export const conv2dBackpropInput: Reference = (inputs, attrs) => {
  const [dy, filter] = [need(inputs, 'dy'), need(inputs, 'filter')];
  const { inputShape } = attrs as { readonly inputShape: readonly number[] };
  const geometry = gradientSizes(dy, inputShape, filter.shape, attrs);
  const { inChannels, outChannels } = geometry;
  const out = zeros(inputShape);
  eachTap(geometry, (pixel, seen, tap) => {
    for (let c = 0; c < inChannels; c++) {
      for (let k = 0; k < outChannels; k++) {
        const place = seen * inChannels + c;
        const weight = at(filter.data, (tap * inChannels + c) * outChannels + k);
        out.data[place] = at(out.data, place) + weight * at(dy.data, pixel * outChannels + k);
      }
    }
  });
  return out;
};

const at = (data: Float64Array, i: number): number => data[i] as number;
