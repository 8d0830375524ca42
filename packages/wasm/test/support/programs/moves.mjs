// Wasm backends whose insides moved, as this package sees them: the backend's own kernels find all where it was.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

const REAL = Symbol('real');

/** An object with some properties replaced by others. */
function view(real, replaced) {
  return new Proxy(real, {
    get(target, key) {
      if (key === REAL) return target;
      if (key in replaced) return replaced[key];
      const value = target[key];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const none = undefined;
const elsewhere = (bytes) => ({ memory: new WebAssembly.Memory({ initial: bytes / 65536 }) });

/** Each gives what this package finds instead. */
export const MOVES = {
  'no module': () => ({ wasm: none }),
  'no malloc': ({ wasm }) => ({ wasm: view(wasm, { _malloc: none }) }),
  'no exports': ({ wasm }) => ({ wasm: view(wasm, { asm: none }) }),
  'no memory': ({ wasm }) => ({ wasm: view(wasm, { asm: {} }) }),
  'another memory': ({ wasm }) => ({ wasm: view(wasm, { asm: elsewhere(32 * 2 ** 20) }) }),
  'a small memory': ({ wasm }) => ({ wasm: view(wasm, { asm: elsewhere(65536) }) }),
  'no map of tensors': () => ({ dataIdMap: none }),
  'addresses of another name': ({ dataIdMap }) => ({
    dataIdMap: { get: (dataId) => ({ offset: dataIdMap.get(dataId).memoryOffset }) },
  }),
  'addresses of another kind': ({ dataIdMap }) => ({
    dataIdMap: { get: (dataId) => ({ memoryOffset: BigInt(dataIdMap.get(dataId).memoryOffset) }) },
  }),
  'no outputs': () => ({ makeOutput: none }),
  'other outputs': (real) => ({ makeOutput: (...args) => ({ tensor: real.makeOutput(...args) }) }),
  'outputs that fail': () => ({
    makeOutput: () => {
      throw new Error('moved');
    },
  }),
  nothing: () => ({}),
};

const own = (backend) => backend?.[REAL] ?? backend;

/** Moves something before this package registers its kernels. */
export function moveInsides(name) {
  for (const kernel of tf.getKernelsForBackend('wasm')) {
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (args) => kernel.kernelFunc({ ...args, backend: own(args.backend) }),
      setupFunc: (backend) => kernel.setupFunc?.(own(backend)),
    });
  }
  const factory = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', async () => {
    const real = await factory();
    return view(real, MOVES[name](real));
  });
}
