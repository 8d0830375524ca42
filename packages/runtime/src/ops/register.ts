import { registerOp } from '@tensorflow/tfjs-converter';
import {
  backend,
  engine,
  getBackend,
  getKernel,
  registerGradient,
  registerKernel,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { fail } from '../errors.js';
import { OP_PREFIX, opName } from '../format/ops.js';
import { OPS, referenceKernel } from './all.js';
import { AttrReader } from './attrs.js';
import type { IntegerOp } from './op.js';
import { mendTransposes, readsLater, runLater } from './webgpu.js';

let isRegistered = false;

/**
 * Lets TensorFlow.js load and run graphs of integer ops, on every backend. Call it before such a graph is loaded;
 * `packed()` does. Calling it again does nothing.
 *
 * Each op runs the kernel of its name. Where a backend has none, the reference of this package serves: exact, in plain
 * JavaScript. A package with faster kernels registers them under the same names.
 */
export function registerOps(): void {
  mendTransposes();
  if (isRegistered) return;
  isRegistered = true;
  for (const op of OPS) {
    registerOp(opName(op.name), ({ inputs, attrs }) => run(op, inputs, attrs));
    registerGradient({ kernelName: opName(op.name), gradFunc: () => refuseGradient(op) });
  }
}

function run(
  op: IntegerOp,
  inputs: readonly Tensor[],
  attrs: Readonly<Record<string, unknown>>,
): Tensor | Promise<Tensor> {
  const least = op.inputs.length - op.optional;
  if (inputs.length < least || inputs.length > op.inputs.length) {
    fail('runtime/input', {
      subject: op.name,
      expected: `at least ${least} of ${op.inputs.join(', ')}`,
      got: `${inputs.length} inputs`,
    });
  }
  const read = op.attrs(new AttrReader(op.name, attrs)) as NamedAttrMap;
  const named = Object.fromEntries(inputs.map((input, i) => [op.inputs[i] as string, input]));
  const kernelName = opName(op.name);
  ensureKernel(kernelName);
  const compute = (): Tensor => engine().runKernel(kernelName, named, read);
  return readsLater() ? runLater(inputs, compute) : compute();
}

/** Gives the present backend references where it has no kernels, and says so: whoever waits should know for what. */
function ensureKernel(wanted: string): void {
  backend(); // Starts one if none runs yet.
  const backendName = getBackend();
  if (getKernel(wanted, backendName)) return;
  mendTransposes();
  for (const op of OPS) {
    const kernelName = opName(op.name);
    if (!getKernel(kernelName, backendName))
      registerKernel({ kernelName, backendName, kernelFunc: referenceKernel(op) });
  }
  globalThis.console.warn(`${OP_PREFIX}*: slow references run on ${backendName}`);
}

function refuseGradient(op: IntegerOp): never {
  return fail('runtime/gradient', {
    subject: op.name,
    expected: 'no gradient through it',
    got: 'a training',
    advice: 'Train the float model and convert that',
  });
}
