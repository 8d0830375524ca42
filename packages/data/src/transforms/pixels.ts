import type { Numbers } from '../sample.js';

/** Numbers as rows of columns of channels; sound is one row. */
export interface Grid {
  readonly values: Numbers;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Rows and columns moved by whole numbers, with `fill` where nothing came from. */
export function shifted(grid: Grid, down: number, right: number, fill: number): Numbers {
  return cropped(grid, -down, -right, grid.height, grid.width, fill);
}

/** The part whose corner is at (top, left), which may lie outside, where `fill` stands. */
export function cropped(
  { values, height, width, channels }: Grid,
  top: number,
  left: number,
  rows: number,
  columns: number,
  fill = 0,
): Numbers {
  const made = alike(values, rows * columns * channels);
  if (fill !== 0) made.fill(fill);
  const first = Math.max(0, -left);
  const last = Math.min(columns, width - left);
  if (last <= first) return made;
  for (let y = Math.max(0, -top); y < Math.min(rows, height - top); y++) {
    const from = ((y + top) * width + first + left) * channels;
    const row = values.subarray(from, from + (last - first) * channels);
    made.set(row, (y * columns + first) * channels);
  }
  return made;
}

/** Upside down, or with left and right changed. */
export function flipped({ values, height, width, channels }: Grid, isVertical: boolean): Numbers {
  const made = alike(values, values.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = isVertical ? (height - 1 - y) * width + x : y * width + (width - 1 - x);
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) made[to + c] = values[from * channels + c] as number;
    }
  }
  return made;
}

/** With something added to each number; bytes are rounded and kept from 0 to 255. */
export function noisy(values: Numbers, draw: () => number): Numbers {
  const made = alike(values, values.length);
  const isByte = values instanceof Uint8Array;
  for (let i = 0; i < values.length; i++) {
    const value = (values[i] as number) + draw();
    made[i] = isByte ? Math.min(255, Math.max(0, Math.round(value))) : value;
  }
  return made;
}

function alike(values: Numbers, length: number): Numbers {
  return new (values.constructor as new (length: number) => Numbers)(length);
}
