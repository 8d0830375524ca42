import * as tf from '@tensorflow/tfjs';
import { opName, setLowering } from '@tfjs-optimize/runtime/format';
import { INTEGER_OPS, referenceKernel, type IntegerOp } from '@tfjs-optimize/runtime/reference';
import { oursOr } from './ours.js';
import { PLANNERS } from './planners/index.js';
import { lowerIntegers } from './regions/lower.js';
import { registerRegions } from './regions/op.js';
import { runSingle } from './single.js';

/** Puts our kernels in the place of the references of integer ops on the wasm backend. */
export function registerIntegers(): void {
  for (const op of INTEGER_OPS) {
    if (PLANNERS[op.name] !== undefined) registerOp(op);
  }
  registerRegions();
  setLowering('wasm', lowerIntegers);
}

function registerOp(op: IntegerOp): void {
  const kernelName = opName(op.name);
  const reference = referenceKernel(op);
  if (tf.getKernel(kernelName, 'wasm') !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: (args) => {
      const { inputs, attrs = {} } = args;
      return oursOr<tf.TensorInfo | tf.TensorInfo[]>(
        (engine) => runSingle(engine, op, inputs, attrs),
        () => reference(args),
      );
    },
  });
}
