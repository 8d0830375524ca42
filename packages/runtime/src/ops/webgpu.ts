import {
  cast,
  engine,
  getBackend,
  getKernel,
  mul,
  registerKernel,
  tidy,
  unregisterKernel,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';

const WEBGPU = 'webgpu';

/**
 * Whether the present backend has values of its memory only later: webgpu, which in Node.js cannot read them at once and
 * in pages does so through a canvas, where some drivers give zeros. Graphs of integer ops then run by `executeAsync`.
 */
export function readsLater(): boolean {
  return getBackend() === WEBGPU;
}

/**
 * Computes an op once its inputs are read: they stay in the memory of the page then, where references find them.
 * `execute` runs in a scope and refuses all promises, by an error that names `executeAsync`: nothing is to come of those.
 */
export async function runLater(inputs: readonly Tensor[], compute: () => Tensor): Promise<Tensor> {
  const { activeScope } = engine().state as { readonly activeScope?: object | null };
  if (activeScope) return inputs[0] as Tensor;
  await Promise.all(inputs.map((input) => input.data()));
  return compute();
}

let isMended = false;

/**
 * Lets kernels of webgpu that transpose take whole numbers as floats, which hold them up to 2^24: TensorFlow.js 4.22's
 * program for that does not compile for int32, and leaves zeros. Does nothing without webgpu.
 */
export function mendTransposes(): void {
  for (const name of ['Transpose', 'Max', 'Min']) {
    const stock = getKernel(name, WEBGPU);
    if (isMended || stock === undefined) return;
    const kernelFunc: KernelFunc = (given) => {
      const x = given.inputs['x'] as Tensor;
      if (x.dtype !== 'int32') return stock.kernelFunc(given);
      // A cast to floats would leave the bits of whole numbers as they are; a product does not.
      return tidy(() => cast(engine().runKernel<Tensor>(name, { x: mul(x, 1) }, given.attrs), 'int32'));
    };
    unregisterKernel(name, WEBGPU);
    registerKernel({ ...stock, kernelFunc });
  }
  isMended = true;
}
