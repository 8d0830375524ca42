// The inner loops of products of rows that become whole numbers when they are needed. They lie as tiles read them, the
// numbers of all rows of a tile side by side: one pointer runs through them.

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/** Bytes of a step of a panel, and how the i-th step's first and last four columns are read. */
const STEPS = {
  bytes: { size: 16, read: (i, half) => `v128.load_ext<i8>(panel, ${16 * i + 8 * half})` },
  vectors: { size: 32, read: (i, half) => `v128.load(panel, ${32 * i + 16 * half})` },
};

/** A tile of `rows` × 8 sums that stays in registers while it runs along K, `unrolled` steps at once. */
function tile(rows, unrolled, { size, read }) {
  const each = (line) => lines(range(rows).map(line));
  const step = (i) => `    p0 = ${read(i, 0)};
    p1 = ${read(i, 1)};
${each(
  (r) => `    x = v128.load32_splat(a, ${4 * (i * rows + r)});
    c${r}0 = dot(x, p0, c${r}0);
    c${r}1 = dot(x, p1, c${r}1);`,
)}`;
  const loop = (count) => `  for (; steps >= ${count}; steps -= ${count}) {
${lines(range(count).map(step))}
    a += ${4 * rows * count};
    panel += ${size * count};
  }`;
  return `
function tile${rows}(steps: i32, a: usize, panel: usize, target: usize): void {
  let p0: v128;
  let p1: v128;
  let x: v128;
${each((r) => `  let c${r}0 = i32x4.splat(0);\n  let c${r}1 = i32x4.splat(0);`)}
${lines([...(unrolled > 1 ? [unrolled] : []), 1].map(loop))}
${each((r) => `  finish(c${r}0, c${r}1, target);`)}
}
`;
}

/** A single row: four steps at once, whose sums do not wait for one another. */
function vector({ size, read }) {
  const each = (line) => lines(range(4).map(line));
  const sum = (half) => `i32x4.add(i32x4.add(c0${half}, c1${half}), i32x4.add(c2${half}, c3${half}))`;
  return `
function tile1(steps: i32, a: usize, panel: usize, target: usize): void {
${each((i) => `  let c${i}0 = i32x4.splat(0);\n  let c${i}1 = i32x4.splat(0);`)}
  for (; steps >= 4; steps -= 4) {
${each(
  (i) => `    const x${i} = v128.load32_splat(a, ${4 * i});
    c${i}0 = dot(x${i}, ${read(i, 0)}, c${i}0);
    c${i}1 = dot(x${i}, ${read(i, 1)}, c${i}1);`,
)}
    a += 16;
    panel += ${4 * size};
  }
  for (; steps > 0; steps--) {
    const x = v128.load32_splat(a);
    c00 = dot(x, ${read(0, 0)}, c00);
    c01 = dot(x, ${read(0, 1)}, c01);
    a += 4;
    panel += ${size};
  }
  finish(${sum(0)}, ${sum(1)}, target);
}
`;
}

/**
 * The source of tiles of 1 to `most` rows, and of a function that runs rows through them.
 * @param panel what a step of a panel is: `bytes`, of weights, or with relaxed SIMD and of 16 bits `vectors`.
 */
export function dynamicTiles(most, unrolled, panel) {
  const step = STEPS[panel];
  const rest = range(most - 1)
    .map((i) => `  if (m === ${i + 1}) tile${i + 1}(steps, a, panel, target);`)
    .join('\n');
  return `// Made by build/dynamic-tiles.mjs.
import { dot } from '../form';
import { finish } from './ending';
${vector(step)}${range(most - 1)
    .map((i) => tile(i + 2, unrolled, step))
    .join('')}
/** \`m\` rows times one panel; moves the target on behind them. */
export function rows(m: i32, steps: i32, a: usize, panel: usize, target: usize): void {
  for (; m >= ${most}; m -= ${most}) {
    tile${most}(steps, a, panel, target);
    a += ${4 * most} * <usize>steps;
  }
${rest}
}
`;
}
