import type { BenchCase } from '@tfjs-optimize/benchmark';
import {
  backend,
  fileHandler,
  interleave,
  loadModel,
  millisecondsText,
  randomStream,
  ratioOfMedians,
  saveModel,
  type Model,
} from '@tfjs-optimize/core';
import { quantizeWeights } from '@tfjs-optimize/quantization';
import { packed } from '@tfjs-optimize/runtime';
import { sharedDir, withTempFolder } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import * as path from 'node:path';

const ID = 'quantization/load-packed';
const MODEL = ['data', 'models', 'mobilenet-v1-025-imagenet-layers'] as const;

async function loadOnce(handler: tf.io.IOHandler): Promise<void> {
  const model = await tf.loadGraphModel(handler);
  model.dispose();
}

async function savedAs(model: Model, folder: string): Promise<string> {
  await saveModel(model, folder);
  return folder;
}

/** Benchmarks of files. */
export const cases: readonly BenchCase[] = [
  {
    id: ID,
    what: 'loading MobileNet v1 0.25 in packed int8 against its float32 files, from disk, on wasm',
    missing: () => (sharedDir(...MODEL) === undefined ? 'the model is not there' : undefined),
    run: ({ seed, progress, signal }) =>
      withTempFolder(async (temp) => {
        await backend.use('wasm');
        const float = await loadModel(sharedDir(...MODEL) as string);
        const { model: int8, before, after } = await quantizeWeights(float, { scheme: 'int8' });
        const [floats, bytes] = [
          await savedAs(float, path.join(temp, 'float32')),
          await savedAs(int8, path.join(temp, 'int8')),
        ];
        const times = await interleave(
          {
            float32: () => loadOnce(fileHandler(floats)),
            packed: () => loadOnce(packed(bytes)),
          },
          { seed, progress, ...(signal === undefined ? {} : { signal }) },
        );
        const random = randomStream(seed);
        const ratio = ratioOfMedians(times.packed.samples, times.float32.samples, random);
        return {
          id: ID,
          ...ratio,
          unit: 'x',
          n: times.packed.samples.length,
          note:
            `float32 ${millisecondsText(times.float32.median)} for ${before} B, ` +
            `packed ${millisecondsText(times.packed.median)} for ${after} B`,
          target: { atMost: 1.3 },
        };
      }),
  },
];
