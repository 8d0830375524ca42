import { backend, optimize, traceLayersModel, type Model } from '@tfjs-optimize/core';
import { inference } from '@tfjs-optimize/fusion';
import { nets } from '@tfjs-optimize/testing';
import * as tf from '@tensorflow/tfjs';
import type { GpuPlace } from './place.js';
import type { Sums } from './tolerance.js';

/** A network with the shape of one example. */
export interface Network {
  readonly name: string;
  readonly shape: readonly number[];
  readonly make: (seed: number) => tf.LayersModel;
  readonly sums: Sums;
}

export const RESNET: Network = {
  name: 'resnet-18-224',
  shape: [224, 224, 3],
  make: (seed) => nets.resnet18({ seed }),
  sums: [20, 4608],
};

export const NETWORKS: readonly Network[] = [
  RESNET,
  {
    name: 'bert-base-4x128',
    shape: [128, 768],
    make: (seed) => nets.bert({ hidden: 768, heads: 12, blocks: 4, norms: 'arithmetic', seed }),
    sums: [32, 3072],
  },
  {
    name: 'mobilenet-v2-224',
    shape: [224, 224, 3],
    make: (seed) => nets.mobilenetV2({ seed }),
    sums: [53, 1280],
  },
];

/**
 * The fused graph of a network and a batch of examples, with the place's backend in use. The graph is made on the wasm
 * backend, which answers at once; its weights move to the place with the first call.
 */
export async function fusedOn(
  { registered }: GpuPlace,
  { make, shape }: Network,
  { seed, batch }: { readonly seed: number; readonly batch: number },
): Promise<{ readonly model: Model; readonly x: tf.Tensor }> {
  await backend.use('wasm');
  const layers = make(seed);
  const { model } = await optimize(traceLayersModel(layers), inference(), { seed });
  layers.dispose();
  await tf.setBackend(registered);
  return { model, x: nets.uniformTensor([batch, ...shape], seed) };
}
