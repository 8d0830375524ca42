import * as tf from '@tensorflow/tfjs';

/** What the backend was asked for. */
export interface LateCalls {
  readonly reads: number;
  readonly timed: number;
}

/**
 * Registers a backend that does as one on a graphics processor does: it computes like `cpu`, but values can
 * only be awaited, and it has timers of its own, which say 2 ms for everything or, as WebGL does without
 * timer queries, that they cannot tell.
 */
export function registerLateBackend(name: string, hasTimers: boolean): LateCalls {
  const calls = { reads: 0, timed: 0 };
  for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName: name });
  tf.registerBackend(name, () => {
    const own = tf.findBackendFactory('cpu')() as tf.KernelBackend;
    const readNow = own.readSync.bind(own);
    own.read = async (id: object) => {
      calls.reads++;
      await new Promise((done) => setImmediate(done));
      return readNow(id);
    };
    own.readSync = () => {
      throw new Error('values are not there yet');
    };
    own.time = (query: () => void) => {
      calls.timed++;
      query();
      const kernelMs = hasTimers ? 2 : { error: 'WebGL query timers are not supported in this environment.' };
      return Promise.resolve({ kernelMs } as tf.BackendTimingInfo);
    };
    return own;
  });
  return calls;
}
