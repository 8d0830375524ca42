import type { NamedAttrMap } from '@tensorflow/tfjs';
import { sizesOf } from '../../src/reference/conv2d.js';
import { zeros, type Values } from '../../src/reference/values.js';
import { EPSILON, type Bound } from './tester.js';

type Matrix = readonly (readonly number[])[];

/** Magnitudes of the transforms of F(4, 3) with the points 0, 1, -1, 2, -2 and infinity (Lavin and Gray 2015). */
const INPUT: Matrix = [
  [4, 0, 5, 0, 1, 0],
  [0, 4, 4, 1, 1, 0],
  [0, 4, 4, 1, 1, 0],
  [0, 2, 1, 2, 1, 0],
  [0, 2, 1, 2, 1, 0],
  [0, 4, 0, 5, 0, 1],
];
const WEIGHTS: Matrix = [
  [1 / 4, 0, 0],
  [1 / 6, 1 / 6, 1 / 6],
  [1 / 6, 1 / 6, 1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [0, 0, 1],
];
const OUTPUT: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, 1, 2, 2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, 1, 8, 8, 1],
];

/** Roundings on the way of a number beside those of the sum over channels: five a line of a transform, and the bias. */
const ROUNDINGS = 24;

/**
 * How far Winograd's convolution may be off: the roundings on the way of each number, times the largest value that
 * may stand there, which is what the algorithm gives of magnitudes with the magnitudes of its matrices (Higham,
 * "Accuracy and stability of numerical algorithms", 3.5).
 */
export const winogradBound: Bound = ({ x, filter, bias }, attrs: NamedAttrMap) => {
  const [image, weights] = [x as Values, filter as Values];
  const geometry = sizesOf(image.shape, weights.shape, attrs);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = geometry;
  const out = zeros(geometry.outShape);
  const filters = pairs(inChannels, outChannels, (c, k) =>
    sandwich(
      WEIGHTS,
      square(3, (i, j) => Math.abs(weights.data[((i * 3 + j) * inChannels + c) * outChannels + k] as number)),
    ),
  );
  for (let n = 0; n < batchSize; n++) {
    for (let top = 0; top < outHeight; top += 4) {
      for (let left = 0; left < outWidth; left += 4) {
        const patches = Array.from({ length: inChannels }, (_, c) =>
          sandwich(
            INPUT,
            square(6, (i, j) => {
              const [y, z] = [top - padInfo.top + i, left - padInfo.left + j];
              if (y < 0 || z < 0 || y >= inHeight || z >= inWidth) return 0;
              return Math.abs(image.data[((n * inHeight + y) * inWidth + z) * inChannels + c] as number);
            }),
          ),
        );
        for (let k = 0; k < outChannels; k++) {
          const sums = square(6, (i, j) =>
            patches.reduce(
              (sum, patch, c) => sum + at(patch, i, j) * at(filters[c * outChannels + k] as Matrix, i, j),
              0,
            ),
          );
          const tile = sandwich(OUTPUT, sums);
          for (let i = 0; i < Math.min(4, outHeight - top); i++) {
            for (let j = 0; j < Math.min(4, outWidth - left); j++) {
              const added = Math.abs(bias?.data[bias.data.length === 1 ? 0 : k] ?? 0);
              out.data[((n * outHeight + top + i) * outWidth + left + j) * outChannels + k] =
                (inChannels + ROUNDINGS) * EPSILON * (at(tile, i, j) + added);
            }
          }
        }
      }
    }
  }
  return [out.data];
};

const at = (matrix: Matrix, i: number, j: number): number => (matrix[i] as readonly number[])[j] as number;

function square(side: number, of: (i: number, j: number) => number): Matrix {
  return Array.from({ length: side }, (_, i) => Array.from({ length: side }, (_, j) => of(i, j)));
}

function pairs<T>(rows: number, columns: number, of: (i: number, j: number) => T): T[] {
  return Array.from({ length: rows * columns }, (_, i) => of(Math.floor(i / columns), i % columns));
}

/** T · M · Tᵀ. */
function sandwich(transform: Matrix, matrix: Matrix): Matrix {
  const half = transform.map((row) =>
    matrix.map((_, j) => row.reduce((sum, value, p) => sum + value * at(matrix, p, j), 0)),
  );
  return half.map((row) =>
    transform.map((other) => other.reduce((sum, value, p) => sum + value * (row[p] as number), 0)),
  );
}
