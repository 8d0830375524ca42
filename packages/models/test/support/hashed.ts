import { crc32 } from 'node:zlib';
import { Weight } from '@tfjs-optimize/core';

/** Numbers from -1 to 1 by a hash of a name and an index, as the notes of the golden models tell. */
function hashed(name: string, size: number): Float64Array {
  const seed = crc32(name);
  return Float64Array.from({ length: size }, (_, i) => {
    let x = (Math.imul(i, 2654435761) + seed) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x = (x ^ (x >>> 16)) >>> 0;
    return x / 2 ** 31 - 1;
  });
}

/** A parameter of the golden models by its name in PyTorch. */
export function hashedWeight(name: string, shape: readonly number[]): Weight {
  const size = shape.reduce((a, b) => a * b, 1);
  const inner = shape.slice(1).reduce((a, b) => a * b, 1);
  const ofUnit = (u: number): number => {
    if (name.endsWith('running_var')) return 1 + 0.5 * u;
    if (shape.length >= 2) return u * Math.sqrt(6 / inner);
    return name.endsWith('weight') ? 1 + 0.25 * u : 0.1 * u;
  };
  return Weight.of(Float32Array.from(hashed(name, size), ofUnit), shape);
}
