import { rows } from './tiles';
import { PANEL } from './pack';
import { ADD, BIAS, C, C_STEP, HIGH, LOW, WHOLE, WIDTH, ZEROS } from './target';

/** Numbers of K in a block: a panel's part of it, 24 KiB, stays in the first cache. */
const KC: i32 = 768;

/** Rows of A in a block: with KC columns 384 KiB, which stay in the second cache. */
const MC: i32 = 128;

/**
 * C = A · B + bias, held within [low, high], or with `add` C + A · B. A has m rows of k numbers, `aStride` from row to row, C has m rows of n
 * without gaps, B is packed (see `pack`). Goto and van de Geijn (2008) for the order of the loops.
 * @param bias n numbers, and memory up to a multiple of eight that may be read; 0 without.
 * @param target memory of 64 bytes, see `target.ts`.
 */
export function gemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aStride: i32,
  packed: usize,
  c: usize,
  bias: usize,
  low: f32,
  high: f32,
  target: usize,
  add: bool,
): void {
  const aStep = (<usize>aStride) << 2;
  const cStep = (<usize>n) << 2;
  store<usize>(target, cStep, C_STEP);
  memory.fill(target + ZEROS, 0, 32);
  let p = 0;
  do {
    const depth = min(KC, k - p);
    const last = p + depth === k;
    const adds = add || p !== 0;
    store<i32>(target, adds ? 1 : 0, ADD);
    store<f32>(target, last ? low : -Infinity, LOW);
    store<f32>(target, last ? high : Infinity, HIGH);
    for (let i = 0; i < m; i += MC) {
      const height = min(MC, m - i);
      for (let j = 0; j < n; j += PANEL) {
        store<usize>(target, c + <usize>i * cStep + (j << 2), C);
        store<i32>(target, min(PANEL, n - j), WIDTH);
        store<i32>(target, !adds && n - j >= PANEL ? 1 : 0, WHOLE);
        store<usize>(target, p === 0 && bias ? bias + (j << 2) : target + ZEROS, BIAS);
        rows(
          height,
          depth,
          a + <usize>i * aStep + (p << 2),
          aStep,
          packed + ((<usize>(j * k + p * PANEL)) << 2),
          target,
        );
      }
    }
    p += depth;
  } while (p < k);
}
