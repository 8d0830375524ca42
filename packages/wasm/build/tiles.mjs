// The inner loops of matrix products, written out: AssemblyScript has no arrays of vectors in registers.

/**
 * A tile of `rows` × 8 numbers of C that stays in registers while it runs along K. One number of A is spread
 * over a vector and meets two vectors of the panel. What is needed behind the loop waits in memory: kept in
 * registers it would push the loop's own pointers out of them (V8 of Node 20 runs such a loop a fifth slower).
 * Engines that have relaxed SIMD are newer and do not mind: there the common ending is written into the tile, which
 * takes 5 % off the products of small depth in MobileNetV2.
 */
function tile(rows, inlined) {
  const each = (line) => Array.from({ length: rows }, (_, r) => line(r)).join('\n');
  return `
function tile${rows}(k: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
${each((r) => `  let a${r} = a + ${r} * aStep;\n  let c${r}0 = f32x4.splat(0);\n  let c${r}1 = f32x4.splat(0);`)}
  for (; k > 0; k--) {
    const p0 = v128.load(panel);
    const p1 = v128.load(panel, 16);
${each(
  (r) => `    const x${r} = v128.load_splat<f32>(a${r});
    c${r}0 = madd(x${r}, p0, c${r}0);
    c${r}1 = madd(x${r}, p1, c${r}1);`,
)}
${each((r) => `    a${r} += 4;`)}
    panel += 32;
  }
  let c = load<usize>(target, C);
  const cStep = load<usize>(target, C_STEP);
${inlined ? wholeEnding(rows) : ''}${each((r) => `  ${r === 0 ? '' : 'c += cStep;\n  '}finish(c, c${r}0, c${r}1, target);`)}
}
`;
}

/** Where all eight columns are wanted and nothing is added. */
function wholeEnding(rows) {
  const stores = Array.from(
    { length: rows },
    (_, r) => `    v128.store(c, clamp(f32x4.add(c${r}0, b0), low, high));
    v128.store(c, clamp(f32x4.add(c${r}1, b1), low, high), 16);
    c += cStep;`,
  );
  return `  if (load<i32>(target, WHOLE)) {
    const bias = load<usize>(target, BIAS);
    const b0 = v128.load(bias);
    const b1 = v128.load(bias, 16);
    const low = v128.load_splat<f32>(target, LOW);
    const high = v128.load_splat<f32>(target, HIGH);
${stores.join('\n')}
    return;
  }
`;
}

/**
 * The source of tiles of 1 to `most` rows, and of a function that runs a block through them.
 * @param inlined whether the common ending is part of the tile.
 */
export function tiles(most, inlined) {
  const tail = Array.from(
    { length: most - 1 },
    (_, i) => `  if (m === ${i + 1}) tile${i + 1}(k, a, aStep, panel, target);`,
  ).join('\n');
  return `// Made by build/tiles.mjs.
import { clamp, madd } from '../simd';
import { BIAS, C, C_STEP, finish, HIGH, LOW, WHOLE } from './target';
${Array.from({ length: most }, (_, i) => tile(i + 1, inlined)).join('')}
/** \`m\` rows of A times one panel; moves the target on behind them. */
export function rows(m: i32, k: i32, a: usize, aStep: usize, panel: usize, target: usize): void {
  for (; m >= ${most}; m -= ${most}) {
    tile${most}(k, a, aStep, panel, target);
    a += ${most} * aStep;
    store<usize>(target, load<usize>(target, C) + ${most} * load<usize>(target, C_STEP), C);
  }
${tail}
}
`;
}
