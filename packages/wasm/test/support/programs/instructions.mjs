// The results of an engine that lacks instructions: `none` for SIMD, `relaxed` for relaxed SIMD. With `deterministic`
// relaxed SIMD is left out by choice.
import * as tf from '@tensorflow/tfjs';
import { collectWarnings, CORRECTED, PLAIN } from './probe.mjs';

const [lacks, wanted] = process.argv.slice(2);
const validate = WebAssembly.validate;
const RELAXED_MADD = [0xfd, 0x85, 0x02];
const isRelaxed = (bytes) => bytes.some((_, at) => RELAXED_MADD.every((byte, i) => bytes[at + i] === byte));
WebAssembly.validate = (bytes) => {
  if (lacks === 'none') return false;
  return validate(bytes) && !(lacks === 'relaxed' && isRelaxed(new Uint8Array(bytes)));
};

const warnings = collectWarnings();
const { setDeterministic, simdInUse } = await import('@tfjs-optimize/wasm');
setDeterministic(wanted === 'deterministic');
await tf.setBackend('wasm');
const computations = lacks === 'none' ? PLAIN : { ...PLAIN, ...CORRECTED };
const bits = Object.values(computations).map((computation) => {
  const results = [tf.tidy(computation)].flat();
  return results.flatMap((each) => Array.from(new Uint32Array(each.dataSync().buffer)));
});
await tf.setBackend('cpu');
const right = Object.values(computations).map((computation) =>
  [tf.tidy(computation)].flat().flatMap((each) => Array.from(each.dataSync())),
);
const largest = right.map((values, at) => {
  const got = new Float32Array(Uint32Array.from(bits[at]).buffer);
  const scale = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - got[i]) / scale));
});
await tf.setBackend('wasm');
console.log(JSON.stringify({ bits, largest, simd: simdInUse() ?? 'none', warnings }));
