import { useEngine } from '../support/tester.js';
import { Draws, eachForm, expectExact } from '../support/integers.js';

/** Filters that are written out, and others; below, at and above what one lane holds of lines. */
const FILTERS = [
  [1, 1],
  [2, 2],
  [3, 3],
  [3, 1],
  [1, 3],
  [4, 4],
  [5, 5],
  [6, 3],
  [7, 7],
] as const;

/** Below, at, above and a multiple of the pixels and the channels of a block, and of vectors of bytes. */
const WIDTHS = [1, 3, 4, 5, 8, 11, 16];
const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 33];

describe('depthwise convolutions of bytes', () => {
  before(useEngine);

  for (const filter of FILTERS) {
    it(`${filter.join(' × ')}: each size, stride, dilation and padding as the reference`, () => {
      const draws = new Draws(filter[0] * 10 + filter[1]);
      for (const width of WIDTHS) {
        for (const channels of CHANNELS) {
          const stride = draws.pick(1, 1, 2, 2, 3);
          const dilation = draws.pick(1, 1, 1, 2, 3);
          const multiplier = draws.pick(1, 1, 1, 2, 3);
          const padding = draws.pick('SAME', 'VALID', 'EXPLICIT');
          const pads = [draws.pick(0, 1, 4), draws.pick(0, 2), draws.pick(0, 1, 5), draws.pick(0, 3)];
          eachForm((form) => {
            const outputs = channels * multiplier;
            const bias = draws.bias(outputs);
            expectExact(
              form,
              'DepthwiseConv2D',
              {
                x: draws.values([draws.pick(1, 1, 2), draws.pick(1, 4, 6), width, channels]),
                filter: draws.values([...filter, channels, multiplier], -form.largest, form.largest),
                scales: draws.scales(outputs),
                ...(bias && { bias }),
              },
              {
                ...draws.params(Math.sqrt(filter[0] * filter[1])),
                strides: [1, stride, draws.pick(stride, stride, 1), 1],
                dilations: [1, dilation, dilation, 1],
                padding,
                ...(padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, ...pads, 0, 0] } : {}),
              },
            );
          });
        }
      }
    });
  }
});
