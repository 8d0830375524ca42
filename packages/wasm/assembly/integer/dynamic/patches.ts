import { stepsOf } from '../form';
import * as P from '../patches';
import { ZERO } from './params';

/**
 * What a filter sees of an image in whole numbers, as rows that dynamic tiles read.
 * @param g as of `integerPatches`, with the bytes of a number that tiles read.
 * @param params of the image.
 * @param line memory for a row.
 */
export function dynamicPatches(
  to: usize,
  image: usize,
  g: usize,
  params: usize,
  first: i32,
  count: i32,
  k: i32,
  tile: i32,
  line: usize,
): void {
  const lanes = stepsOf(k);
  // Of 16 bits numbers are less their zero point.
  store<i32>(g, RELAXED ? load<i32>(params, ZERO) : 0, P.ZERO);
  for (; count > 0; count -= tile) {
    const rows = min(count, tile);
    const step = (<usize>rows) << 2;
    for (let row = 0; row < rows; row++) {
      const own = rows === 1 ? to : line;
      P.integerPatches(own, image, g, first++, 1, 0);
      if (rows > 1) spread(to + ((<usize>row) << 2), step, line, lanes);
    }
    to += <usize>lanes * step;
  }
}

/** Lanes that lie one after the other, `step` bytes apart. */
function spread(to: usize, step: usize, from: usize, lanes: i32): void {
  for (; lanes >= 4; lanes -= 4) {
    const x = v128.load(from);
    v128.store32_lane(to, x, 0);
    v128.store32_lane(to + step, x, 1);
    v128.store32_lane(to + 2 * step, x, 2);
    v128.store32_lane(to + 3 * step, x, 3);
    from += 16;
    to += 4 * step;
  }
  for (; lanes > 0; lanes--) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += step;
  }
}
