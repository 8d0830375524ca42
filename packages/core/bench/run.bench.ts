import { race, type BenchCase } from '@tfjs-optimize/benchmark';
import { backend, toArtifacts, traceLayersModel } from '@tfjs-optimize/core';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';

/** Benchmarks of running models. */
export const cases: readonly BenchCase[] = [
  {
    id: 'core/run-lenet',
    what: 'model.run against tf.GraphModel.execute of the same graph, LeNet-5 at batch 1 on wasm',
    run: async ({ seed, progress, signal }) => {
      await backend.use('wasm');
      const layers = nets.lenet({ seed });
      const model = traceLayersModel(layers);
      const stock = await tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
      const input = nets.uniformTensor([1, 28, 28, 1], seed);
      const row = await race(
        () => stock.execute(input),
        () => model.run(input),
        {
          id: 'core/run-lenet',
          seed,
          names: ['tf.GraphModel', 'model.run'],
          // The same kernels in the same order.
          tolerance: 0,
          // Checking inputs may cost some of a model that runs for a fifth of a millisecond.
          target: { atLeast: 0.95 },
          progress,
          ...(signal === undefined ? {} : { signal }),
        },
      );
      model.dispose();
      stock.dispose();
      layers.dispose();
      input.dispose();
      return row;
    },
  },
];
