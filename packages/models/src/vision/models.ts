import { checkOptions, optionKinds, type Model } from '@tfjs-optimize/core';
import type { StateDict } from '../state-dict.js';
import { checkedState, type WeightsOptions } from './check.js';
import { GraphWriter } from './graph-writer.js';
import type { VisionNet } from './net.js';

/**
 * An image network as a graph, in its form for inference: batch norms stand by themselves, for fusion to fold. It takes
 * images of any size, [batch, height, width, channels], and gives logits, [batch, classes].
 * @param weights tensors by PyTorch's names and in its layout, as torchvision or timm gives them.
 * @throws `models/weight` naming a tensor that is missing, does not fit, or is not the network's; see {@link WeightsOptions}.
 */
export function visionModel(
  net: VisionNet,
  weights: StateDict,
  options: WeightsOptions = {},
): Model<'float'> {
  checkOptions<WeightsOptions>(options, { subject: optionKinds.text, strict: optionKinds.flag });
  const state = checkedState(net, weights, options);
  const writer = new GraphWriter(state, options.subject ?? `weights of ${net.name}`);
  return writer.build(net.write(writer), 'logits');
}
