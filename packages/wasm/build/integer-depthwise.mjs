// The inner loops of depthwise convolutions of bytes, written out for the usual filters: others gain nothing by it.

/** Pixels beside each other that are computed together. */
const BLOCK = 4;
const SIZES = [3];
const STRIDES = [1, 2];

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/** Sums of four pixels at once become bytes. */
const ending = lines(
  range(BLOCK / 4).map((i) => {
    const sums = range(4).map((n) => `c${4 * i + n}`);
    const stores = range(4).map((n) => `    v128.store32_lane(p, x, ${n});\n    p += outStep;`);
    return lines([`    x = endBlock(${sums.join(', ')}, columns, half, target);`, ...stores]);
  }),
);

/** The columns that each interleaved line is read at for one sum: see `src/integer/depthwise-layout.ts`. */
function columnsOf(size, lane) {
  const groups = Math.floor(size / lane);
  const rest = size % lane;
  const share = rest && Math.floor(lane / rest);
  const whole = range(groups).map(() => range(size));
  return rest === 0 ? whole : [...whole, range(Math.ceil(size / share)).map((i) => i * share)];
}

function loop(size, stride, lane) {
  const buffers = columnsOf(size, lane);
  let dot = 0;
  const parts = buffers.map((columns, buffer) => {
    const first = dot;
    dot += columns.length;
    const weights = columns.map(
      (_, i) => `    const w${first + i} = v128.load(weights, ${16 * (first + i)});`,
    );
    const last = (BLOCK - 1) * stride + size - 1;
    const reads = range(last + 1).flatMap((place) => {
      const uses = range(BLOCK).flatMap((n) => {
        const i = columns.indexOf(place - n * stride);
        return i < 0 ? [] : [`    c${n} = dot(x, w${first + i}, c${n});`];
      });
      return uses.length === 0 ? [`    p += step;`] : [`    x = lanes(p);`, ...uses, `    p += step;`];
    });
    return lines([`    p = from${buffer === 0 ? '' : ` + ${buffer} * line`};`, ...weights, ...reads]);
  });
  return `
function ${nameOf(size, stride)}(to: usize, outStep: usize, from: usize, step: usize, line: usize, channels: i32, weights: usize, columns: usize, target: usize): void {
  let half: usize = 0;
  for (; channels > 0; channels -= 4) {
    let p: usize;
    let x: v128;
    let c0 = v128.load(columns + 16 * half, T.BIAS);
${lines(range(BLOCK - 1).map((n) => `    let c${n + 1} = c0;`))}
${lines(parts)}
    p = to;
${ending}
    to += 4;
    from += STEP_4;
    weights += ${16 * dot};
    columns += half * T.COLUMNS_BYTES;
    half ^= 1;
  }
}
`;
}

function nameOf(size, stride) {
  return `filter${size}Stride${stride}`;
}

/** The source of all of them, and of a function that chooses one. @param lane numbers of a lane of a dot product. */
export function integerDepthwise(lane) {
  const kinds = SIZES.flatMap((size) => STRIDES.map((stride) => [size, stride]));
  const each = (line) => lines(range(BLOCK).map(line));
  return `// Made by build/integer-depthwise.mjs.
import * as G from '../conv/geometry';
import * as D from './depthwise-geometry';
import { endBlock } from './ending';
import { dot, LANE, lanes } from './form';
import * as T from './target';

/** Pixels beside each other that are computed together. */
export const BLOCK: i32 = ${BLOCK};
/** Bytes of four channels. */
const STEP_4: usize = 4 * LANE;
${kinds.map(([size, stride]) => loop(size, stride, lane)).join('')}
/** Any filter. */
function anyFilter(to: usize, outStep: usize, from: usize, step: usize, g: usize, channels: i32, weights: usize, columns: usize, target: usize): void {
  const dots = load<i32>(g, D.DOTS);
  let half: usize = 0;
  for (; channels > 0; channels -= 4) {
    let c0 = v128.load(columns + 16 * half, T.BIAS);
${lines(range(BLOCK - 1).map((n) => `    let c${n + 1} = c0;`))}
    for (let i = 0; i < dots; i++) {
      const w = v128.load(weights);
      let p = from + load<usize>(g + (<usize>i << 2), D.OFFSETS);
${each((n) => `      c${n} = dot(lanes(p), w, c${n});\n      p += step;`)}
      weights += 16;
    }
    let p = to;
    let x: v128;
${ending}
    to += 4;
    from += STEP_4;
    columns += half * T.COLUMNS_BYTES;
    half ^= 1;
  }
}

/** BLOCK pixels of all channels, whose first one's window begins at \`from\`. */
export function blocks(to: usize, outStep: usize, from: usize, g: usize, weights: usize, columns: usize, target: usize): void {
  const channels = load<i32>(g, G.CHANNELS);
  const kind = load<i32>(g, D.KIND);
  const step = <usize>(channels * LANE);
  if (kind === 0) {
    anyFilter(to, outStep, from, step * load<usize>(g, G.STRIDE_WIDTH), g, channels, weights, columns, target);
    return;
  }
  const line = load<usize>(g, D.LINE) * step;
${lines(kinds.map(([size, stride]) => `  if (kind === ${10 * size + stride}) ${nameOf(size, stride)}(to, outStep, from, step, line, channels, weights, columns, target);`))}
}
`;
}
