// How fast dot products of integers can be: a loop of nothing else, in the form that kernels run in. (No TypeScript, since
// the types of AssemblyScript take the name `require`.)
import asc from 'assemblyscript/asc';
import * as fs from 'node:fs/promises';

/** Rows and vectors of a tile of sums, and lanes of a vector. */
const [ROWS, VECTORS, LANES] = [4, 2, 4];
const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (list) => list.join('\n');

/** Sums of a tile of 4 × 8, all in registers, that meet the same two vectors in each round, which are read lest the products be moved out. */
function source(relaxed) {
  const cells = range(ROWS).flatMap((r) =>
    range(VECTORS).map((c) => ({ sum: `c${r}${c}`, x: `x${r}`, p: `p${c}` })),
  );
  const dot = ({ sum, x, p }) =>
    relaxed
      ? `    ${sum} = i32x4.relaxed_dot_i8x16_i7x16_add_s(${p}, ${x}, ${sum});`
      : `    ${sum} = i32x4.add(${sum}, i32x4.dot_i16x8_s(${x}, ${p}));`;
  return `export function dots(rounds: i32): i32 {
${lines(range(ROWS).map((r) => `  const x${r} = v128.load(${16 * (r + VECTORS)});`))}
${lines(cells.map(({ sum }) => `  let ${sum} = i32x4.splat(0);`))}
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
  let binary;
  const { error } = await asc.main(
    [
      ...['peak.ts', '--outFile', 'peak.wasm', '-O3', '--runtime', 'stub', '--use', 'abort='],
      ...['--initialMemory', '1', '--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])],
    ],
    {
      readFile: (name) =>
        name === 'peak.ts' ? source(relaxed) : fs.readFile(name, 'utf8').catch(() => null),
      writeFile: (name, contents) => {
        if (name === 'peak.wasm') binary = contents;
      },
    },
  );
  if (error) throw error;
  const { dots } = (await WebAssembly.instantiate(binary)).instance.exports;
  return { run: () => dots(rounds), operations: rounds * ROWS * VECTORS * LANES * (relaxed ? 4 : 2) * 2 };
}
