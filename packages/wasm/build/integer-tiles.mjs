// The inner loops of int8 products, written out: AssemblyScript has no arrays of vectors in registers.

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/**
 * A tile of `rows` × 8 sums that stays in registers while it runs along K. A step takes the numbers of K that one lane
 * of a dot product holds: two of 16 bits, or with relaxed SIMD four bytes. Those of A are spread over a vector and meet
 * two vectors of the panel, four columns each.
 */
function tile(rows) {
  const each = (line) => lines(range(rows).map(line));
  return `
function tile${rows}(steps: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
${each((r) => `  let a${r} = a + ${r} * aStep;\n  let c${r}0 = i32x4.splat(0);\n  let c${r}1 = i32x4.splat(0);`)}
  for (; steps > 0; steps--) {
    const p0 = first(panel);
    const p1 = second(panel);
${each(
  (r) => `    const x${r} = v128.load32_splat(a${r});
    c${r}0 = dot(x${r}, p0, c${r}0);
    c${r}1 = dot(x${r}, p1, c${r}1);`,
)}
${each((r) => `    a${r} += 4;`)}
    panel += STEP;
  }
${each((r) => `  finish(c${r}0, c${r}1, target);`)}
}
`;
}

/** A single row: four steps at once, whose sums do not wait for one another. */
function vector(unrolled) {
  const each = (line) => lines(range(unrolled).map(line));
  const sum = (half) =>
    range(unrolled)
      .map((i) => `c${i}${half}`)
      .reduce((sum, c) => `i32x4.add(${sum}, ${c})`);
  return `
function tile1(steps: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
${each((i) => `  let c${i}0 = i32x4.splat(0);\n  let c${i}1 = i32x4.splat(0);`)}
  for (; steps >= ${unrolled}; steps -= ${unrolled}) {
${each(
  (i) => `    const x${i} = v128.load32_splat(a, ${4 * i});
    c${i}0 = dot(x${i}, first(panel + ${i} * STEP), c${i}0);
    c${i}1 = dot(x${i}, second(panel + ${i} * STEP), c${i}1);`,
)}
    a += ${4 * unrolled};
    panel += ${unrolled} * STEP;
  }
  for (; steps > 0; steps--) {
    const x = v128.load32_splat(a);
    c00 = dot(x, first(panel), c00);
    c01 = dot(x, second(panel), c01);
    a += 4;
    panel += STEP;
  }
  finish(${sum(0)}, ${sum(1)}, target);
}
`;
}

/** The source of tiles of 1 to `most` rows, and of a function that runs a block through them. */
export function integerTiles(most) {
  const rest = range(most - 1)
    .map((i) => `  if (m === ${i + 1}) tile${i + 1}(steps, a, aStep, panel, target);`)
    .join('\n');
  return `// Made by build/integer-tiles.mjs.
import { dot, first, second, STEP } from './form';
import { finish } from './ending';
${vector(4)}${range(most - 1)
    .map((i) => tile(i + 2))
    .join('')}
/** \`m\` rows of A times one panel; moves the target on behind them. */
export function rows(m: i32, steps: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
  for (; m >= ${most}; m -= ${most}) {
    tile${most}(steps, a, aStep, panel, target);
    a += ${most} * aStep;
  }
${rest}
}
`;
}
