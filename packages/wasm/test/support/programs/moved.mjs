// What a wasm backend computes whose insides moved: the first argument is what.
import { collectWarnings, differences, PLAIN } from './probe.mjs';
import { moveInsides, MOVES } from './moves.mjs';

const warnings = collectWarnings();
moveInsides(process.argv[2]);
const { simdInUse } = await import('@tfjs-optimize/wasm');
const result = await differences(PLAIN);
const twice = await differences(PLAIN);
const inUse = simdInUse() !== undefined;
console.log(JSON.stringify({ differences: [result, twice], inUse, warnings, moves: Object.keys(MOVES) }));
