import { geometryOf, ofOutput, type ConvAttrs, type Geometry } from '../kernels/conv/geometry.js';
import { finish } from './activations.js';
import { endingOf } from './mat-mul.js';
import { need, zeros, type Reference, type Values } from './values.js';

/** f(x ∗ filter + bias) of images [batch, height, width, channels], as the definition says. */
export const conv2d: Reference = (inputs, attrs) => {
  const [x, filter] = [need(inputs, 'x'), need(inputs, 'filter')];
  const geometry = sizesOf(x.shape, filter.shape, attrs);
  const { inChannels, outChannels } = geometry;
  const out = zeros(geometry.outShape);
  eachTap(geometry, (pixel, seen, tap) => {
    for (let c = 0; c < inChannels; c++) {
      const value = x.data[seen * inChannels + c] as number;
      for (let k = 0; k < outChannels; k++) {
        out.data[pixel * outChannels + k] =
          (out.data[pixel * outChannels + k] as number) +
          value * (filter.data[(tap * inChannels + c) * outChannels + k] as number);
      }
    }
  });
  finish(out.data, outChannels, endingOf(inputs, attrs));
  return out;
};

/** Sizes of a convolution that the references can do. */
export function sizesOf(
  x: readonly number[],
  filter: readonly number[],
  attrs: object,
  depthwise = false,
): Geometry {
  const geometry = geometryOf(x, filter, attrs as ConvAttrs, depthwise);
  if (geometry === undefined)
    throw new Error('convolution: expected channels last and in one group, got others.');
  return geometry;
}

/** Those of one whose output's gradient is given, by however many pixels that has. */
export function gradientSizes(
  dy: Values,
  x: readonly number[],
  filter: readonly number[],
  attrs: object,
  depthwise = false,
): Geometry {
  const geometry = ofOutput(sizesOf(x, filter, attrs, depthwise), dy.shape);
  if (geometry === undefined)
    throw new Error('convolution: expected the gradient of its output, got another.');
  return geometry;
}

/**
 * Every pixel of the output with every pixel of the input that it sees.
 * @param visit gets the numbers of both pixels, counted through the batch, and of the filter's element between them.
 */
export function eachTap(geometry: Geometry, visit: (pixel: number, seen: number, tap: number) => void): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = geometry;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = geometry;
  for (let image = 0; image < batchSize; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        for (let i = 0; i < filterHeight; i++) {
          const y = outY * strideHeight - padInfo.top + i * dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let j = 0; j < filterWidth; j++) {
            const x = outX * strideWidth - padInfo.left + j * dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            visit(
              (image * outHeight + outY) * outWidth + outX,
              (image * inHeight + y) * inWidth + x,
              i * filterWidth + j,
            );
          }
        }
      }
    }
  }
}
