import { useEngine } from '../support/tester.js';
import { Draws, eachForm, expectExact } from '../support/integers.js';

/** Below, at, above and a multiple of the channels of a vector. */
const CHANNELS = [1, 3, 7, 8, 9, 15, 16, 17, 24, 32, 33];

describe('pools and means of bytes', () => {
  before(useEngine);

  for (const op of ['MaxPool', 'AvgPool'] as const) {
    it(`${op}: each window, stride and padding`, () => {
      const draws = new Draws(1);
      for (const channels of CHANNELS) {
        for (const [height, width] of [
          [1, 1],
          [2, 2],
          [3, 3],
          [1, 4],
          [5, 2],
          [7, 7],
          // As many values as 16 bits hold the sum of, and more.
          [16, 16],
          [17, 15],
          [15, 18],
          [19, 19],
        ] as const) {
          const padding = draws.pick('SAME', 'VALID', 'EXPLICIT');
          const least = padding === 'VALID' ? Math.max(height, width) : 1;
          const pads = [height - 1, height >> 1, width - 1, width >> 1];
          eachForm((form) =>
            expectExact(
              form,
              op,
              { x: draws.values([2, least + draws.pick(0, 3), least + draws.pick(0, 1, 18), channels]) },
              {
                ksize: [1, height, width, 1],
                strides: [1, draws.pick(1, 2, 3), draws.pick(1, 2, 5), 1],
                padding,
                ...(padding === 'EXPLICIT' ? { explicit_paddings: [0, 0, ...pads, 0, 0] } : {}),
              },
            ),
          );
        }
      }
    });
  }

  it('AvgPool: extreme values in windows of every kind', () => {
    for (const value of [-128, 127]) {
      for (const side of [1, 2, 15, 16, 17]) {
        const x = { shape: [1, side, side, 9], data: new Array<number>(side * side * 9).fill(value) };
        eachForm((form) => expectExact(form, 'AvgPool', { x }, { ksize: [1, side, side, 1] }));
      }
    }
  });

  it('Mean: over height and width, below, at, above and a multiple of what 16 bits hold the sum of', () => {
    const draws = new Draws(2);
    for (const [height, width] of [
      [1, 1],
      [7, 7],
      [16, 16],
      [257, 1],
      [258, 1],
      [257, 2],
      [30, 40],
    ] as const) {
      for (const channels of CHANNELS) {
        eachForm((form) =>
          expectExact(
            form,
            'Mean',
            { x: draws.values([draws.pick(1, 2), height, width, channels]) },
            { ...draws.params(0.3), axes: draws.pick([1, 2], [-2, -3]), keep_dims: draws.pick(true, false) },
          ),
        );
      }
    }
  });

  it('Mean: over any axes', () => {
    const draws = new Draws(3);
    const shape = [3, 4, 5, 18];
    for (let set = 1; set < 16; set++) {
      const axes = [0, 1, 2, 3].filter((axis) => set & (1 << axis));
      eachForm((form) =>
        expectExact(
          form,
          'Mean',
          { x: draws.values(shape) },
          { ...draws.params(0.3), axes, keep_dims: draws.pick(true, false) },
        ),
      );
    }
  });
});
