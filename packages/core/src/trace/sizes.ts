import type { Varying } from './numbers.js';

/** How to compute a number from sizes at run time; `x` and `y` are positions in the list of atoms. */
export type Expression =
  | { readonly kind: 'affine'; readonly x: number; readonly times: number; readonly plus: number }
  | {
      readonly kind: 'quotient';
      readonly x: number;
      readonly by: number;
      readonly up: boolean;
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

/**
 * Finds how a number follows from sizes: `a·x + b`, `⌊x/c⌋ + b`, `⌈x/c⌉ + b`, `c·x·y`, `x ± y + b`,
 * `c·x·y·z`, with whole constants, simplest first. An expression must hold in every trace; with
 * three traces at co-prime sizes a false one would need a coincidence.
 */
export function solve(target: Varying, atoms: readonly Varying[]): Expression | undefined {
  return (
    first(atoms, (x, i) => affine(target, x, i)) ??
    first(atoms, (x, i) => quotient(target, x, i)) ??
    (atoms.length > MOST_ATOMS ? undefined : combined(target, atoms))
  );
}

function first<T>(atoms: readonly Varying[], f: (x: Varying, i: number) => T | undefined): T | undefined {
  for (let i = 0; i < atoms.length; i++) {
    const found = f(atoms[i] as Varying, i);
    if (found !== undefined) return found;
  }
  return undefined;
}

function at(size: Varying, k: number): number {
  return size.at[k] as number;
}

function holds(target: Varying, f: (k: number) => number): boolean {
  return target.at.every((value, k) => f(k) === value);
}

/** Two traces in which x differs. */
function pair(x: Varying): readonly [number, number] | undefined {
  const other = x.at.findIndex((value) => value !== x.at[0]);
  return other < 0 ? undefined : [0, other];
}

function affine(target: Varying, x: Varying, i: number): Expression | undefined {
  const traces = pair(x);
  if (traces === undefined) return undefined;
  const [p, q] = traces;
  const times = (at(target, q) - at(target, p)) / (at(x, q) - at(x, p));
  const plus = at(target, p) - times * at(x, p);
  if (!Number.isInteger(times) || !Number.isInteger(plus) || times === 0) return undefined;
  if (!holds(target, (k) => times * at(x, k) + plus)) return undefined;
  return { kind: 'affine', x: i, times, plus };
}

function quotient(target: Varying, x: Varying, i: number): Expression | undefined {
  const traces = pair(x);
  if (traces === undefined) return undefined;
  const [p, q] = traces;
  const ratio = (at(x, q) - at(x, p)) / (at(target, q) - at(target, p));
  for (const by of new Set([Math.round(ratio), Math.floor(ratio), Math.ceil(ratio)])) {
    if (by < 2 || !Number.isFinite(by)) continue;
    for (const up of [false, true]) {
      const divided = (k: number): number => (up ? Math.ceil(at(x, k) / by) : Math.floor(at(x, k) / by));
      const plus = at(target, 0) - divided(0);
      if (holds(target, (k) => divided(k) + plus)) return { kind: 'quotient', x: i, by, up, plus };
    }
  }
  return undefined;
}

function combined(target: Varying, atoms: readonly Varying[]): Expression | undefined {
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
