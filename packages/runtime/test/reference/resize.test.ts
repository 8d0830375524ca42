import * as tf from '@tensorflow/tfjs';
import { Random } from '@tfjs-optimize/core';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { at, fill, int8s, runOp } from '@tfjs-optimize/testing/integer';

const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
const kinds = fc.constantFrom('plain' as const, 'align_corners' as const, 'half_pixel_centers' as const);

/** The pixels between which a place lies, as TensorFlow Lite's reference counts in 1/1024. */
function place(i: number, input: number, output: number, kind: string) {
  const isAligned = kind === 'align_corners' && output > 1;
  const [from, to] = isAligned ? [input - 1, output - 1] : [input, output];
  const scale = Math.trunc((1024 * from + Math.trunc(to / 2)) / to);
  const value = kind === 'half_pixel_centers' ? i * scale + Math.trunc(scale / 2) - 512 : i * scale;
  const low = Math.max(Math.trunc(value / 1024), 0);
  return { value, low, high: Math.min(Math.trunc((value + 1023) / 1024), input - 1) };
}

describe('resizing of int8 images', () => {
  before(() => tf.setBackend('cpu'));
  const seeds = fc.integer({ min: 0, max: 2 ** 30 });

  it('ResizeBilinear is the sum of four products over 2^20, by whole numbers of any size', () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, kinds, fc.boolean(), (seed, [h, w], size, kind, isAttr) => {
        const x = int8s(Random.of(seed), [2, h, w, 2]);
        const wanted = fill([2, ...size, 2], (b, oy, ox, c) => {
          const [r, s] = [place(oy, h, size[0], kind), place(ox, w, size[1], kind)];
          let sum = 0n;
          for (const [y, wy] of [
            [r.low, 1024 - (r.value - 1024 * r.low)],
            [r.high, r.value - 1024 * r.low],
          ] as const)
            for (const [z, wz] of [
              [s.low, 1024 - (s.value - 1024 * s.low)],
              [s.high, s.value - 1024 * s.low],
            ] as const)
              sum += BigInt(at(x, b, y, z, c) as number) * BigInt(wy) * BigInt(wz);
          return Number((sum + (sum > 0n ? 2n ** 19n : -(2n ** 19n))) / 2n ** 20n);
        });
        const flags = kind === 'plain' ? {} : { [kind]: true };
        const sizeInput = { shape: [2], data: size, dtype: 'int32' as const };
        const y = isAttr
          ? runOp('ResizeBilinear', [x], { ...flags, size })
          : runOp('ResizeBilinear', [x, sizeInput], flags);
        expect(y.shape).to.deep.equal(wanted.shape);
        expect(y.data).to.deep.equal(wanted.data);
      }),
      { numRuns: 80 },
    );
  });

  it('ResizeBilinear to a multiple of 2 is that of floats, rounded', async () => {
    const x = int8s(Random.of(1), [1, 4, 5, 3]);
    for (const kind of ['plain', 'half_pixel_centers']) {
      const y = runOp(
        'ResizeBilinear',
        [x],
        kind === 'plain' ? { size: [8, 20] } : { size: [8, 20], [kind]: true },
      );
      const float = tf.tidy(() =>
        tf.image.resizeBilinear(
          tf.tensor4d(x.data as number[], [1, 4, 5, 3]),
          [8, 20],
          false,
          kind !== 'plain',
        ),
      );
      const wanted = await float.data();
      float.dispose();
      wanted.forEach((value, i) =>
        expect(y.data[i], `${kind} ${i}`).to.equal(Math.sign(value) * Math.round(Math.abs(value)) + 0),
      );
    }
  });

  it('ResizeNearestNeighbor takes the pixels that TensorFlow.js takes', async () => {
    for (const kind of ['plain', 'align_corners', 'half_pixel_centers']) {
      for (const [h, w, ...size] of [
        [4, 6, 8, 3],
        [3, 5, 9, 10],
        [7, 1, 7, 4],
        [5, 5, 9, 1],
        [2, 2, 3, 5],
      ] as [number, number, number, number][]) {
        const x = int8s(Random.of(8), [1, h, w, 2]);
        const y = runOp('ResizeNearestNeighbor', [x], {
          size,
          ...(kind === 'plain' ? {} : { [kind]: true }),
        });
        const float = tf.tidy(() =>
          tf.image.resizeNearestNeighbor(
            tf.tensor4d(x.data as number[], [1, h, w, 2]),
            size,
            kind === 'align_corners',
            kind === 'half_pixel_centers',
          ),
        );
        expect(y.data, `${kind} ${h}×${w} to ${size.join('×')}`).to.deep.equal(
          Array.from(await float.data()),
        );
        float.dispose();
      }
    }
  });
});
