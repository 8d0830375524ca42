// What int8 models give where our kernels do not run. The first argument is why: `no SIMD`, `no modules`, or what moved of
// the backend's insides.
import * as tf from '@tensorflow/tfjs';
import { bitsOfModels } from './engine-models.js';
import { moveInsides, MOVES } from './programs/moves.mjs';

/** What models of `engine-models.ts` gave. */
export interface FallbackFound {
  readonly bits: Readonly<Record<string, number>>;
  readonly form: string;
  readonly warnings: readonly string[];
  readonly moves: readonly string[];
}

async function find(reason: string): Promise<FallbackFound> {
  const warnings: string[] = [];
  globalThis.console.warn = (...parts: readonly unknown[]) => {
    const text = parts.join(' ');
    if (!text.includes('you are running TensorFlow.js in Node.js')) warnings.push(text);
  };
  if (reason === 'no SIMD') WebAssembly.validate = () => false;
  else if (reason === 'no modules') refuseIntegers();
  else moveInsides(reason);
  const { integerForm } = await import('@tfjs-optimize/wasm/integer');
  await tf.setBackend('wasm');
  await bitsOfModels(127);
  const bits = await bitsOfModels(127);
  return { bits, form: integerForm() ?? 'none', warnings, moves: Object.keys(MOVES) };
}

/** Lets no module with kernels of integers be compiled, as where a page may compile only small ones. */
function refuseIntegers(): void {
  const { validate } = WebAssembly;
  const name = 'quantizeBytes';
  WebAssembly.validate = (bytes) => {
    const all = Buffer.from(bytes instanceof ArrayBuffer ? bytes : bytes.buffer);
    return !all.includes(name) && validate(bytes);
  };
}

void find(process.argv[2] ?? '').then((found) => process.stdout.write(`${JSON.stringify(found)}\n`));
