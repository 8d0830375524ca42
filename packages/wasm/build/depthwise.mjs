// The inner loops of depthwise convolutions, written out: as with tiles, the sums are to stay in registers.

/** Outputs beside each other in a group: with a filter of 3 × 3 they share two thirds of what they read. */
const GROUP = 4;
const SIZES = [3, 5];
const STRIDES = [1, 2];

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/** `outputs` pixels beside each other, all channels in fours. */
function group(size, stride, outputs) {
  const rows = range(size).map((i) => {
    const weights = range(size).map((j) => `    let w${i}${j} = v128.load(weights, ${16 * (i * size + j)});`);
    const columns = range((outputs - 1) * stride + size).map((j) => {
      const sums = range(outputs).flatMap((n) => {
        const tap = j - n * stride;
        return tap < 0 || tap >= size ? [] : [`    c${n} = madd(x, w${i}${tap}, c${n});`];
      });
      return lines([`    x = v128.load(p);`, `    p += step;`, ...sums]);
    });
    return lines([`    p = r${i};`, ...weights, ...columns, `    r${i} += 16;`]);
  });
  const stores = range(outputs).map((n) => `    v128.store(p, clamp(c${n}, least, most));\n    p += step;`);
  return `
function ${nameOf(size, stride, outputs)}(to: usize, step: usize, ${range(size)
    .map((i) => `r${i}: usize, `)
    .join('')}weights: usize, bias: usize, low: f32, high: f32): void {
  const least = f32x4.splat(low);
  const most = f32x4.splat(high);
  const end = to + step;
  while (to < end) {
    let x: v128;
    let p: usize;
${lines(range(outputs).map((n) => `    let c${n} = v128.load(bias);`))}
${lines(rows)}
    p = to;
${lines(stores)}
    to += 16;
    bias += 16;
    weights += ${16 * size * size};
  }
}
`;
}

function nameOf(size, stride, outputs) {
  return `filter${size}Stride${stride}Outputs${outputs}`;
}

/** The source of all of them, and of a function that chooses one. */
export function depthwiseGroups() {
  const all = SIZES.flatMap((size) => STRIDES.flatMap((stride) => [1, GROUP].map((n) => [size, stride, n])));
  const choices = all.map(([size, stride, n]) => {
    const addresses = range(size).map((i) => `load<usize>(rows, ${4 * i}) + left`);
    const call = `${nameOf(size, stride, n)}(to, step, ${addresses.join(', ')}, weights, bias, low, high)`;
    return `  if (size === ${size} && stride === ${stride} && outputs === ${n}) ${call};`;
  });
  return `// Made by build/depthwise.mjs.
import { clamp, madd } from '../simd';

/** Outputs beside each other that are computed together. */
export const GROUP: i32 = ${GROUP};
${all.map(([size, stride, n]) => group(size, stride, n)).join('')}
/**
 * \`outputs\` pixels (1 or GROUP) of all channels.
 * @param step bytes of a pixel.
 * @param rows addresses of the lines that the filter sees; \`left\` is added to each.
 */
export function outputGroup(size: i32, stride: i32, outputs: i32, to: usize, step: usize, rows: usize, left: usize, weights: usize, bias: usize, low: f32, high: f32): void {
${lines(choices)}
}
`;
}
