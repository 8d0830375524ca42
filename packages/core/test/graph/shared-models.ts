import * as fs from 'node:fs';
import * as path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Model } from '@tfjs-optimize/core';
import { sharedDir } from '@tfjs-optimize/testing';

/** Calls back for each model among the shared data: name and model.json; for one that skips if none is there. */
export function eachSharedModel(test: (name: string, file: string) => void): void {
  const folder = sharedDir('data', 'models');
  const names = folder === undefined ? ['the shared models'] : fs.readdirSync(folder).sort();
  for (const name of names) test(name, path.join(folder ?? '', name, 'model.json'));
}

/** Sizes for unknown ones, by model: the second a detector needs, the first where one sequence is all it takes. */
export function sampleShapes(model: Model, name: string): ReadonlyMap<string, number[]> {
  const batch = name.startsWith('transformer') || name.startsWith('handtrack') ? 1 : 2;
  const inner = name.startsWith('handtrack') ? 96 : 5;
  return new Map(
    model.signature.inputs.map((port) => [
      port.value,
      (port.shape ?? []).map((size, i) => (size >= 0 ? size : i === 0 ? batch : inner)),
    ]),
  );
}

/** Random inputs of these shapes, by key. */
export function sampleInputs(model: Model, shapes: ReadonlyMap<string, number[]>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    model.signature.inputs.map(({ key, value, dtype }, i) => {
      const shape = shapes.get(value) ?? [];
      return [
        key,
        tf.tidy(() => {
          const floats = tf.randomUniform(shape, 0, dtype === 'int32' ? 100 : 1, 'float32', i);
          return dtype === 'float32' ? floats : floats.toInt();
        }),
      ];
    }),
  );
}
