// How fast dot products of integers can be: a loop of nothing else, in the form that kernels run in. (No TypeScript, since
// the types of AssemblyScript take the name `require`.)
import asc from 'assemblyscript/asc';
import * as fs from 'node:fs/promises';

/** Vectors of sums in a row of a tile, and lanes of a vector. */
const [VECTORS, LANES] = [2, 4];
/**
 * Rows of a tile, and how many of them have a vector of their own: all that fits into fifteen registers with the panel. In
 * relaxed form sums take four cycles, so that there must be many.
 */
const TILES = { plain: { rows: 4, own: 4 }, relaxed: { rows: 6, own: 1 } };
const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/** Sums that meet the same two vectors in each round, which are read lest the products be moved out. */
function source(relaxed, { rows, own }) {
  const cells = range(rows).flatMap((r) =>
    range(VECTORS).map((c) => ({ sum: `c${r}${c}`, x: `x${r % own}`, p: `p${c}` })),
  );
  const dot = ({ sum, x, p }) =>
    relaxed
      ? `    ${sum} = i32x4.relaxed_dot_i8x16_i7x16_add_s(${p}, ${x}, ${sum});`
      : `    ${sum} = i32x4.add(${sum}, i32x4.dot_i16x8_s(${x}, ${p}));`;
  return `export function dots(rounds: i32): i32 {
${lines(range(own).map((r) => `  const x${r} = v128.load(${16 * (r + VECTORS)});`))}
${lines(cells.map(({ sum }, i) => `  let ${sum} = i32x4.splat(${i});`))}
  for (; rounds > 0; rounds--) {
${lines(range(VECTORS).map((c) => `    const p${c} = v128.load(${16 * c});`))}
${lines(cells.map(dot))}
  }
  return i32x4.extract_lane(${cells.map(({ sum }) => sum).reduce((all, one) => `i32x4.add(${all}, ${one})`)}, 0);
}
`;
}

/**
 * A loop of dot products in registers.
 * @param form 'plain' or 'relaxed'; @param rounds of a tile.
 * @returns what runs it, and how many operations that are, multiplications and additions counted apart.
 */
export async function peakOf(form, rounds = 1e5) {
  const relaxed = form === 'relaxed';
  const tile = TILES[form];
  let binary;
  const { error } = await asc.main(
    [
      ...['peak.ts', '--outFile', 'peak.wasm', '-O3', '--runtime', 'stub', '--use', 'abort='],
      ...['--initialMemory', '1', '--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])],
    ],
    {
      readFile: (name) =>
        name === 'peak.ts' ? source(relaxed, tile) : fs.readFile(name, 'utf8').catch(() => null),
      writeFile: (name, contents) => {
        if (name === 'peak.wasm') binary = contents;
      },
    },
  );
  if (error) throw error;
  const { dots } = (await WebAssembly.instantiate(binary)).instance.exports;
  return {
    run: () => dots(rounds),
    operations: rounds * tile.rows * VECTORS * LANES * (relaxed ? 4 : 2) * 2,
  };
}
