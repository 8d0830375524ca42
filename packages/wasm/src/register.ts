import * as tf from '@tensorflow/tfjs';
import { engineOf } from './engine/engine.js';
import { isChoosing, isEnabled } from './engine/settings.js';
import { KERNELS } from './kernels/index.js';
import type { FastKernel } from './kernels/kernel.js';
import { byReference } from './reference/kernel.js';

type KernelArgs = Parameters<tf.KernelFunc>[0];
type KernelResult = ReturnType<tf.KernelFunc>;

/** Marks kernel functions of this package, of whatever copy of it. */
const OURS = Symbol.for('@tfjs-optimize/wasm');

/** Puts our kernels in the place of those of the wasm backend, once. */
export function register(): void {
  for (const kernel of KERNELS) replace(kernel);
}

function replace(kernel: FastKernel): void {
  const stock = tf.getKernel(kernel.name, 'wasm');
  if (stock !== undefined && OURS in stock.kernelFunc) return;
  // Where the backend has no such kernel, the plain one keeps what needs it from failing.
  const otherwise = stock?.kernelFunc ?? byReference(kernel.reference);
  const kernelFunc = (args: KernelArgs): KernelResult => ours(kernel, args) ?? otherwise(args);
  if (stock !== undefined) tf.unregisterKernel(kernel.name, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelName: kernel.name,
    backendName: 'wasm',
    kernelFunc: Object.assign(kernelFunc, { [OURS]: true }),
  });
}

function ours(kernel: FastKernel, { inputs, attrs = {}, backend }: KernelArgs): KernelResult | undefined {
  const engine = isEnabled() ? engineOf(backend) : undefined;
  if (engine === undefined || (engine.threads > 1 && kernel.isThreaded?.(inputs, attrs))) return undefined;
  if (isChoosing() && kernel.isStockFaster?.(inputs, attrs)) return undefined;
  return engine.attempt(() => kernel.run(engine, inputs, attrs));
}
