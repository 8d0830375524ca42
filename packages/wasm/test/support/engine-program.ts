import '@tfjs-optimize/wasm/integer';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { engineOf } from '../../src/engine/engine.js';
import { chooseForm, formOn } from '../../src/integer/integer-form.js';
import { bitsOfModels } from './engine-models.js';
import { formsOf } from './forms.js';

/** What models give by a form of the kernels, whose weights are up to `largest`. */
export interface EngineRun {
  readonly title: string;
  readonly largest: number;
  readonly bits: Readonly<Record<string, number>>;
}

/** What an engine of JavaScript made of the models of `engine-models.ts`. */
export interface EngineFound {
  /** The form that runs unless another is asked for. */
  readonly chosen: string;
  readonly runs: readonly EngineRun[];
  readonly warnings: readonly string[];
}

async function find(): Promise<EngineFound> {
  const warnings: string[] = [];
  const { console } = globalThis;
  const { warn } = console;
  console.warn = (...parts: readonly unknown[]) => {
    const text = parts.join(' ');
    if (!text.includes('you are running TensorFlow.js in Node.js')) warnings.push(text);
  };
  if (typeof process === 'undefined') setWasmPaths('/wasm/');
  await tf.setBackend('wasm');
  const engine = engineOf(tf.backend());
  if (engine === undefined) throw new Error(`expected our kernels to run: ${warnings.join(' ')}`);
  const runs: EngineRun[] = [];
  for (const { title, form, largest } of formsOf(engine)) {
    const undo = chooseForm(engine, form);
    runs.push({ title, largest, bits: await bitsOfModels(largest) });
    undo();
  }
  console.warn = warn;
  return { chosen: formOn(engine)?.name ?? 'none', runs, warnings };
}

const found = find();
if (typeof process === 'undefined') Object.assign(globalThis, { found });
else void found.then((value) => process.stdout.write(`${JSON.stringify(value)}\n`));
