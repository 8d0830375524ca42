// The inner loops of int8 products, written out: AssemblyScript has no arrays of vectors in registers.

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/** Bytes of a step of a panel, and how the i-th step's first and last four columns are read. */
const PANELS = {
  /** int8 weights that are widened: two of each column. */
  bytes: { size: 16, read: (i, half) => `v128.load_ext<i8>(panel, ${16 * i + 8 * half})` },
  /** Numbers as they are multiplied. */
  vectors: { size: 32, read: (i, half) => `v128.load(panel, ${32 * i + 16 * half})` },
};

/** How tiles find the numbers of their rows. */
const LAYOUTS = {
  /** One row after the other. */
  apart: (rows, steps) => ({
    begin: lines(range(rows).map((r) => `  let a${r} = a + ${r} * aStep;`)),
    read: (r, i) => `v128.load32_splat(a${r}, ${4 * i})`,
    next: lines(range(rows).map((r) => `    a${r} += ${4 * steps};`)),
  }),
  /** The numbers of a step of all rows of a tile side by side: one pointer runs through them. */
  together: (rows, steps) => ({
    begin: '',
    read: (r, i) => `v128.load32_splat(a, ${4 * (i * rows + r)})`,
    next: `    a += ${4 * rows * steps};`,
  }),
};

/** Writes sums to memory, so that none lives on over a call (6 % faster), where they become results. */
const end = (sums) =>
  lines([
    ...sums.flatMap(([x, y], r) => [
      `  v128.store(target, ${x}, SUMS + ${32 * r});`,
      `  v128.store(target, ${y}, SUMS + ${32 * r + 16});`,
    ]),
    `  finish(${sums.length}, target);`,
  ]);

/**
 * A tile of `rows` × 8 sums that stays in registers while it runs along K. A step takes the numbers of K that one lane
 * of a dot product holds: two of 16 bits, or with relaxed SIMD four bytes. Those of A are spread over a vector and meet
 * two vectors of the panel, four columns each. There are whole rounds of `steps`: with a rest behind the loop V8 keeps
 * some of the sums in memory, which takes a third longer.
 */
function tile(rows, { steps, panel, layout }) {
  const each = (line) => lines(range(rows).map(line));
  const { begin, read, next } = LAYOUTS[layout](rows, steps);
  const { size, read: readPanel } = PANELS[panel];
  const step = (i) => `    p0 = ${readPanel(i, 0)};
    p1 = ${readPanel(i, 1)};
${each(
  (r) => `    x = ${read(r, i)};
    c${r}0 = dot(x, p0, c${r}0);
    c${r}1 = dot(x, p1, c${r}1);`,
)}`;
  return `
function tile${rows}(count: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
  let p0: v128;
  let p1: v128;
  let x: v128;
${begin}
${each((r) => `  let c${r}0 = i32x4.splat(0);\n  let c${r}1 = i32x4.splat(0);`)}
  for (; count > 0; count -= ${steps}) {
${lines(range(steps).map(step))}
${next}
    panel += ${size * steps};
  }
${end(range(rows).map((r) => [`c${r}0`, `c${r}1`]))}
}
`;
}

/**
 * A single row: several steps at once, whose sums do not wait for one another. (Relaxed dot products take four cycles,
 * the others' additions one.)
 */
function vector({ steps, panel }) {
  const { size, read } = PANELS[panel];
  const atOnce = 4;
  const each = (line) => lines(range(atOnce).map(line));
  const sum = (half) =>
    range(atOnce)
      .map((i) => `c${i}${half}`)
      .reduce((sum, c) => `i32x4.add(${sum}, ${c})`);
  const rest = `
  for (; count > 0; count--) {
    const x = v128.load32_splat(a);
    c00 = dot(x, ${read(0, 0)}, c00);
    c01 = dot(x, ${read(0, 1)}, c01);
    a += 4;
    panel += ${size};
  }`;
  return `
function tile1(count: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
${each((i) => `  let c${i}0 = i32x4.splat(0);\n  let c${i}1 = i32x4.splat(0);`)}
  for (; count >= ${atOnce}; count -= ${atOnce}) {
${each(
  (i) => `    const x${i} = v128.load32_splat(a, ${4 * i});
    c${i}0 = dot(x${i}, ${read(i, 0)}, c${i}0);
    c${i}1 = dot(x${i}, ${read(i, 1)}, c${i}1);`,
)}
    a += ${4 * atOnce};
    panel += ${size * atOnce};
  }${atOnce === steps ? '' : rest}
${end([[sum(0), sum(1)]])}
}
`;
}

/** Rows of the largest tile, which `src/integer/blocks.ts` and `assembly/integer/rows.ts` know, too. */
const MOST = 6;

/**
 * The source of tiles of 1 to 6 rows, and of a function that runs a block through them.
 * @param form the file of the dot product; @param how `steps` of K at once, of which there are whole rounds; what a `panel`
 *   holds, and the `layout` of rows. What becomes of sums tells the file `ending.ts` beside.
 */
export function integerTiles(form, how) {
  const rest = range(MOST - 1)
    .map((i) => `  if (m === ${i + 1}) tile${i + 1}(count, a, aStep, panel, target);`)
    .join('\n');
  return `// Made by build/integer-tiles.mjs.
import { dot } from '${form}';
import { finish, SUMS } from './ending';
${vector(how)}${range(MOST - 1)
    .map((i) => tile(i + 2, how))
    .join('')}
/** \`m\` rows of A, \`aStep\` bytes each, times one panel; moves the target on behind them. */
export function rows(m: i32, count: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
  for (; m >= ${MOST}; m -= ${MOST}) {
    tile${MOST}(count, a, aStep, panel, target);
    a += ${MOST} * aStep;
  }
${rest}
}
`;
}
