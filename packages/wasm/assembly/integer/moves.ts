import { copyBytes } from './copy';

/** Bytes from which on `memory.copy` is faster than a loop. */
const LONG: usize = 64;

// What to move, in memory: the number of axes, then for each its size and how far apart neighbours are where they come
// from and where they go, in bytes.
const AXES: usize = 4;
const AXIS: usize = 12;

/** Copies values along any axes to any places: a run of the last axis at a time. `g` as above. */
export function moveBytes(to: usize, from: usize, g: usize): void {
  along(to, from, g + AXES, load<i32>(g));
}

function along(to: usize, from: usize, g: usize, axes: i32): void {
  const size = load<i32>(g);
  const fromStep = load<usize>(g, 4);
  const toStep = load<usize>(g, 8);
  if (axes > 1) {
    for (let i = 0; i < size; i++) {
      along(to, from, g + AXIS, axes - 1);
      from += fromStep;
      to += toStep;
    }
    return;
  }
  if (toStep === 1 && fromStep === 1) {
    if (<usize>size >= LONG) memory.copy(to, from, size);
    else copyBytes(to, from, size);
  } else if (toStep === 1 && fromStep === 0) memory.fill(to, load<u8>(from), size);
  else {
    for (let i = 0; i < size; i++) {
      store<u8>(to, load<u8>(from));
      from += fromStep;
      to += toStep;
    }
  }
}

/** Pixels from places that a list tells: `count` of `bytes` each. */
export function pickPixels(to: usize, from: usize, places: usize, count: i32, bytes: i32): void {
  for (let i = 0; i < count; i++) {
    const pixel = from + load<usize>(places + ((<usize>i) << 2)) * <usize>bytes;
    if (<usize>bytes >= LONG) memory.copy(to, pixel, bytes);
    else copyBytes(to, pixel, bytes);
    to += <usize>bytes;
  }
}
