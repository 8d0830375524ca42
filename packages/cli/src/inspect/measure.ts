import { annotate, cost, type Model } from '@tfjs-optimize/core';
import { withTensors } from '../compare/fetch.js';
import type { InputValues } from '../tensors/files.js';
import type { Measured } from './inspection.js';

/** Runs the model once and counts what it does at those sizes. */
export function measure(model: Model, inputs: InputValues, signal: AbortSignal): Promise<Measured> {
  return withTensors(inputs, async (tensors) => {
    const annotations = await annotate(model, tensors, { signal });
    const found = cost(model, annotations);
    const nodes = new Map(found.nodes.map((node) => [node.name, node]));
    return {
      shapeOf: (value) => annotations.shape(value),
      flopsOf: (name) => {
        const node = nodes.get(name);
        return node?.uncounted === undefined ? (node?.flops ?? 0) : undefined;
      },
      parametersOf: (name) => nodes.get(name)?.parameters ?? 0,
      flops: found.flops,
      macs: found.macs,
      parameters: found.parameters,
      peakActivationBytes: found.peak.bytes,
      uncounted: found.uncounted.map(({ name, op, uncounted }) => ({ name, op, why: uncounted ?? '' })),
    };
  });
}
