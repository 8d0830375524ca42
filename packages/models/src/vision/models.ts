import type * as tf from '@tensorflow/tfjs';
import { checkOptions, optionKinds, type Model } from '@tfjs-optimize/core';
import type { StateDict } from '../state-dict.js';
import { checkedState, type WeightsOptions } from './check.js';
import { GraphWriter } from './graph-writer.js';
import { LayersWriter, type ImageSize } from './layers-writer.js';
import type { VisionNet } from './net.js';

/** How a layers model is made. */
export interface VisionLayersOptions extends WeightsOptions {
  /** Height and width of the images; `[null, null]` unless told, which takes any. LeNets have a size of their own. */
  readonly imageSize?: ImageSize;
}

const KINDS = { subject: optionKinds.text, strict: optionKinds.flag } as const;

const IMAGE_SIZE = {
  expected: 'a height and a width, whole numbers from 1 up or null',
  fits: (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((size) => size === null || optionKinds.whole.fits(size)),
} as const;

/**
 * An image network as a graph, in its form for inference: batch norms stand by themselves, for fusion to fold. It takes
 * images of any size (LeNets of 28 × 28), [batch, height, width, channels], and gives logits, [batch, classes]. Weights of
 * 16 bits stay so.
 * @param weights tensors by PyTorch's names and in its layout, as torchvision or timm gives them.
 * @throws `models/weight` naming a tensor that is missing, does not fit, or is not the network's; see {@link WeightsOptions}.
 */
export function visionModel(
  net: VisionNet,
  weights: StateDict,
  options: WeightsOptions = {},
): Model<'float'> {
  checkOptions<WeightsOptions>(options, KINDS);
  const writer = new GraphWriter(checkedState(net, weights, options), subjectOf(net, options));
  return writer.build(net.write(writer), 'logits');
}

/**
 * The same network as a model of tf.layers, which computes the same and can be trained with or without this package. Its
 * layers have the names of PyTorch's modules.
 */
export function visionLayers(
  net: VisionNet,
  weights: StateDict,
  options: VisionLayersOptions = {},
): tf.LayersModel {
  checkOptions<VisionLayersOptions>(options, { ...KINDS, imageSize: IMAGE_SIZE });
  const state = checkedState(net, weights, options);
  const writer = new LayersWriter(state, options.imageSize ?? [null, null], subjectOf(net, options));
  return writer.build(net.write(writer), net.name);
}

function subjectOf(net: VisionNet, { subject }: WeightsOptions): string {
  return subject ?? `weights of ${net.name}`;
}
