import { useEngine } from '../support/tester.js';
import { Draws, eachForm, expectExact } from '../support/integers.js';

describe('resizing images of bytes', () => {
  before(useEngine);

  for (const op of ['ResizeBilinear', 'ResizeNearestNeighbor'] as const) {
    it(`${op}: larger and smaller, each way of counting pixels`, () => {
      const draws = new Draws(1);
      for (const channels of [1, 3, 7, 8, 9, 16, 17, 65]) {
        for (const [from, size] of [
          [
            [1, 1],
            [3, 4],
          ],
          [
            [5, 4],
            [1, 1],
          ],
          [
            [4, 5],
            [8, 10],
          ],
          [
            [7, 9],
            [3, 4],
          ],
          [
            [6, 6],
            [13, 11],
          ],
        ] as const) {
          for (const how of [{}, { align_corners: true }, { half_pixel_centers: true }]) {
            eachForm((form) =>
              expectExact(form, op, { x: draws.values([2, ...from, channels]) }, { size: [...size], ...how }),
            );
          }
        }
      }
    });
  }
});
