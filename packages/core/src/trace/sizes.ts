import type { Varying } from './numbers.js';

/** How to compute a number from sizes at run time; `x`, `y`, `z` are positions in the list of atoms. */
export type Expression =
  | { readonly kind: 'affine'; readonly x: number; readonly times: number; readonly plus: number }
  /** `⌊(x + offset) / by⌋ + plus`, the offset from 0 and less than the divisor. */
  | {
      readonly kind: 'quotient';
      readonly x: number;
      readonly by: number;
      readonly offset: number;
      readonly plus: number;
    }
  | { readonly kind: 'product'; readonly x: number; readonly y: number; readonly times: number }
  | {
      readonly kind: 'sum';
      readonly x: number;
      readonly y: number;
      readonly sign: 1 | -1;
      readonly plus: number;
    }
  | {
      readonly kind: 'product3';
      readonly x: number;
      readonly y: number;
      readonly z: number;
      readonly times: number;
    };

/** More atoms than this are not combined in pairs and triples. */
const MOST_ATOMS = 40;

function at(size: Varying, k: number): number {
  return size.at[k] as number;
}

function holds(target: Varying, f: (k: number) => number): boolean {
  return target.at.every((value, k) => f(k) === value);
}

/** `a·x + b`, with whole constants, in every trace. */
export function affine(target: Varying, x: Varying, i: number): Expression | undefined {
  const q = x.at.findIndex((value) => value !== x.at[0]);
  if (q < 0) return undefined;
  const times = (at(target, q) - at(target, 0)) / (at(x, q) - at(x, 0));
  const plus = at(target, 0) - times * at(x, 0);
  if (!Number.isInteger(times) || !Number.isInteger(plus) || times === 0) return undefined;
  if (!holds(target, (k) => times * at(x, k) + plus)) return undefined;
  return { kind: 'affine', x: i, times, plus };
}

/** `c·x·y`, `x ± y + b` or `c·x·y·z`, with whole constants, in every trace. */
export function combined(target: Varying, atoms: readonly Varying[]): Expression | undefined {
  if (atoms.length > MOST_ATOMS) return undefined;
  for (let x = 0; x < atoms.length; x++) {
    for (let y = x; y < atoms.length; y++) {
      const [a, b] = [atoms[x] as Varying, atoms[y] as Varying];
      const times = at(target, 0) / (at(a, 0) * at(b, 0));
      if (Number.isInteger(times) && holds(target, (k) => times * at(a, k) * at(b, k))) {
        return { kind: 'product', x, y, times };
      }
    }
  }
  for (let x = 0; x < atoms.length; x++) {
    for (let y = 0; y < atoms.length; y++) {
      const [a, b] = [atoms[x] as Varying, atoms[y] as Varying];
      for (const sign of [1, -1] as const) {
        if (x === y) continue;
        const plus = at(target, 0) - at(a, 0) - sign * at(b, 0);
        if (holds(target, (k) => at(a, k) + sign * at(b, k) + plus)) return { kind: 'sum', x, y, sign, plus };
      }
    }
  }
  for (let x = 0; x < atoms.length; x++) {
    for (let y = x; y < atoms.length; y++) {
      for (let z = y; z < atoms.length; z++) {
        const [a, b, c] = [atoms[x] as Varying, atoms[y] as Varying, atoms[z] as Varying];
        const times = at(target, 0) / (at(a, 0) * at(b, 0) * at(c, 0));
        if (Number.isInteger(times) && holds(target, (k) => times * at(a, k) * at(b, k) * at(c, k))) {
          return { kind: 'product3', x, y, z, times };
        }
      }
    }
  }
  return undefined;
}
