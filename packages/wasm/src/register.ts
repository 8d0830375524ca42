import * as tf from '@tensorflow/tfjs';
import { engineOf, type Engine } from './engine/engine.js';
import { KERNELS } from './kernels/index.js';
import type { FastKernel } from './kernels/kernel.js';

type KernelArgs = Parameters<tf.KernelFunc>[0];

/** Marks kernel functions of this package, of whatever copy of it. */
const OURS = Symbol.for('@tfjs-optimize/wasm');

/** Puts our kernels in the place of those of the wasm backend, once. */
export function register(): void {
  for (const kernel of KERNELS) replace(kernel);
}

function replace(kernel: FastKernel): void {
  const stock = tf.getKernel(kernel.name, 'wasm');
  if (stock !== undefined && OURS in stock.kernelFunc) return;
  const kernelFunc = (args: KernelArgs): ReturnType<tf.KernelFunc> =>
    ours(kernel, args) ?? (stock as tf.KernelConfig).kernelFunc(args);
  if (stock !== undefined) tf.unregisterKernel(kernel.name, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelName: kernel.name,
    backendName: 'wasm',
    kernelFunc: Object.assign(kernelFunc, { [OURS]: true }),
  });
}

function ours(kernel: FastKernel, { inputs, attrs, backend }: KernelArgs): ReturnType<tf.KernelFunc> | undefined {
  const engine: Engine | undefined = engineOf(backend as object);
  return engine === undefined ? undefined : kernel.run(engine, inputs, attrs ?? {});
}
