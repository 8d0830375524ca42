import * as G from '../conv/geometry';
import { blocks, BLOCK } from './depthwise-blocks';
import * as D from './depthwise-geometry';
import { LANE } from './form';
import { copyBytes } from './copy';
import { interleave } from './interleave';

/**
 * A depthwise convolution of one image of bytes by filters of one channel each.
 *
 * Lines that a filter sees are interleaved so that the numbers of one lane of a dot product lie under each other: every
 * place of the line is then read once for all taps of its column. Lines that are left over give neighbours of one line
 * to a lane. Sums of BLOCK pixels beside each other share weights and what else is known of their channels.
 * @param g what `conv/geometry.ts` and `depthwise-geometry.ts` tell.
 * @param weights for each four channels the numbers of each dot product.
 * @param work memory for lines, whose layout `g` tells.
 */
export function integerDepthwise(
  to: usize,
  image: usize,
  g: usize,
  weights: usize,
  columns: usize,
  target: usize,
  work: usize,
): void {
  const channels = load<i32>(g, G.CHANNELS);
  const outWidth = load<i32>(g, G.OUT_WIDTH);
  const outStep = load<i32>(g, D.OUT_STEP);
  const isNarrow = outWidth < BLOCK || outStep !== channels;
  const row = isNarrow ? work + load<usize>(g, D.ROW) : 0;
  const buffers = work + load<usize>(g, D.BUFFERS);
  const pixel = <usize>(load<i32>(g, G.STRIDE_WIDTH) * channels * LANE);
  memory.fill(work, load<u8>(g, D.ZERO), load<usize>(g, D.ROW));
  for (let y = 0; y < load<i32>(g, G.OUT_HEIGHT); y++) {
    lines(image, g, y * load<i32>(g, G.STRIDE_HEIGHT) - load<i32>(g, G.PAD_TOP), work);
    const line = isNarrow ? row : to;
    for (let x = 0; x < outWidth; x += BLOCK) {
      // The last ones once more, rather than fewer.
      const first = max(min(x, outWidth - BLOCK), 0);
      blocks(
        line + <usize>(first * outStep),
        outStep,
        buffers + <usize>first * pixel,
        g,
        weights,
        columns,
        target,
      );
    }
    if (isNarrow)
      for (let x = 0; x < outWidth; x++)
        copyBytes(to + <usize>(x * channels), row + <usize>(x * outStep), channels);
    to += <usize>(outWidth * channels);
  }
}

/** Interleaves the lines from `top` on. */
function lines(image: usize, g: usize, top: i32, work: usize): void {
  const channels = load<i32>(g, G.CHANNELS);
  const width = load<i32>(g, G.WIDTH);
  const numbers = width * channels;
  const before = <usize>(load<i32>(g, G.PAD_LEFT) * channels);
  const lineBytes = <usize>(load<i32>(g, D.LINE) * channels);
  const groups = load<i32>(g, D.GROUPS);
  const rest = load<i32>(g, D.REST);
  const share = load<i32>(g, D.SHARE);
  let to = work + load<usize>(g, D.BUFFERS);
  for (let i = 0; i < groups * LANE; i += LANE) {
    const third = LANE === 4 ? lineAt(image, g, top, i + 2, work) : 0;
    const fourth = LANE === 4 ? lineAt(image, g, top, i + 3, work) : 0;
    interleave(
      to + before * LANE,
      lineAt(image, g, top, i, work),
      lineAt(image, g, top, i + 1, work),
      third,
      fourth,
      numbers,
    );
    to += lineBytes * LANE;
  }
  if (rest === 0) return;
  const i = groups * LANE;
  if (share === 1) {
    const first = lineAt(image, g, top, i, work);
    const second = rest > 1 ? lineAt(image, g, top, i + 1, work) : first;
    const third = rest > 2 ? lineAt(image, g, top, i + 2, work) : first;
    interleave(to + before * LANE, first, second, third, first, numbers);
    return;
  }
  const space = work + load<usize>(g, D.LINES);
  const spaceBytes = load<usize>(g, D.LINE_BYTES);
  for (let k = 0; k < rest; k++) {
    const line = space + <usize>k * spaceBytes + before;
    memory.copy(line, lineAt(image, g, top, i + k, work), numbers);
  }
  const next = <usize>(load<i32>(g, G.DILATION_WIDTH) * channels);
  if (LANE === 2) interleave(to, space, space + next, 0, 0, <i32>lineBytes);
  else if (rest === 1)
    interleave(to, space, space + next, space + 2 * next, space + 3 * next, <i32>lineBytes);
  else interleave(to, space, space + spaceBytes, space + next, space + spaceBytes + next, <i32>lineBytes);
}

/** The line that tap `i` of a column sees: one of zeros outside of the image. */
function lineAt(image: usize, g: usize, top: i32, i: i32, work: usize): usize {
  const y = top + i * load<i32>(g, G.DILATION_HEIGHT);
  if (y < 0 || y >= load<i32>(g, G.HEIGHT)) return work;
  return image + <usize>(y * load<i32>(g, G.WIDTH) * load<i32>(g, G.CHANNELS));
}
