import * as tf from '@tensorflow/tfjs';
import {
  annotate,
  breathe,
  cost,
  countNonZero,
  filesAt,
  filesOf,
  groupByLayer,
  layerNames,
  parameterNames,
  throwIfAborted,
  type Annotations,
  type Cost,
  type Model,
  type ModelInputs,
  type Progress,
  type Weight,
} from '@tfjs-optimize/core';
import type { CostRecord, LayerCostRecord, NodeCostRecord } from '../record/cost.js';
import { withModel, type ModelLike } from '../with-model.js';
import { gzipBytes } from './gzip.js';
import { movedBytes } from './moved.js';
import { zerosFor } from './sample.js';

/** Options of {@link costByLayer}. */
export interface CostOptions {
  /**
   * Path of the model's files, for one that TensorFlow.js loaded itself; unless told, those that core's `loadModel` read
   * or that saving would make are counted.
   */
  readonly location?: string;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/**
 * Counts what a model costs, by node, by layer and in total: parameters and how many are zero, bytes of
 * weights (as stored, as gzip makes of them, in memory), multiply-accumulates (MACs) and floating-point
 * operations (FLOPs), bytes of activations and their peak, bytes moved and arithmetic intensity. The
 * model runs once on the present backend to find its shapes.
 *
 * Conventions, beside those of core's `cost`: layers hold the nodes that compute, so the model's inputs
 * count in the total of activations only. Bytes moved are those of distinct inputs, weights and outputs,
 * each once; caches make real traffic less, kernels that reorder their inputs make it more. Intensity is
 * FLOPs for each byte moved. The model's files are those that it was loaded from, or those that
 * saving would make of one that was not loaded or was changed since. Each file is compressed by itself, as web servers do; a
 * layer's weights are compressed by themselves, so that layers do not add up to the files.
 *
 * @param sample inputs as `Model.run` takes them; zeros unless given, the batch size 1 if it is open.
 * @throws `model/input` where other sizes are open and there is no sample, or the sample does not fit;
 *   `model/run`, `io/…` for a location without a model, `aborted`.
 */
export async function costByLayer(
  candidate: ModelLike,
  sample?: ModelInputs,
  { location, signal, progress }: CostOptions = {},
): Promise<CostRecord> {
  throwIfAborted(signal, 'costs');
  return withModel(candidate, 'costs', async (model) => {
    const annotations = await annotateOn(model, sample, signal);
    const found = cost(model, annotations);
    const nodes = nodeCosts(model, found, annotations);
    const layers = await layerCosts(model, nodes, { signal, progress });
    const files = await fileBytes(model, location, signal);
    const { parameters, nonZeroParameters, weightBytes, macs, flops, activationBytes, peak } = found;
    return {
      parameters,
      nonZeroParameters,
      weightBytes: { ...weightBytes, gzip: sum(layers, (layer) => layer.weightBytes.gzip) },
      ...files,
      nodeCount: model.graph.size,
      macs,
      flops,
      activationBytes,
      peakActivationBytes: peak.bytes,
      ...(peak.node === undefined ? {} : { peakNode: peak.node }),
      nodes,
      layers,
    };
  });
}

async function annotateOn(
  model: Model,
  sample: ModelInputs | undefined,
  signal: AbortSignal | undefined,
): Promise<Annotations> {
  const zeros = sample === undefined ? zerosFor(model) : [];
  try {
    return await annotate(model, sample ?? zeros, signal === undefined ? {} : { signal });
  } finally {
    tf.dispose(zeros);
  }
}

function nodeCosts(model: Model, found: Cost, annotations: Annotations): NodeCostRecord[] {
  const layerOf = layerNames(model);
  return found.nodes.map((own) => {
    const moved = movedBytes(model.graph.need(own.name), own, annotations);
    const { name, op, parameters, macs, flops, activationBytes, uncounted } = own;
    return {
      name,
      op,
      layer: layerOf(name),
      parameters,
      macs,
      flops,
      activationBytes,
      movedBytes: moved,
      ...(uncounted === undefined ? intensity(flops, moved) : { uncounted }),
    };
  });
}

function intensity(flops: number, moved: number): { readonly intensity?: number } {
  return moved === 0 ? {} : { intensity: flops / moved };
}

async function layerCosts(
  model: Model,
  costs: readonly NodeCostRecord[],
  { signal, progress }: { signal: AbortSignal | undefined; progress: CostOptions['progress'] },
): Promise<LayerCostRecord[]> {
  const byName = new Map(costs.map((node) => [node.name, node]));
  const parameters = parameterNames(model);
  const groups = groupByLayer(model);
  const layers: LayerCostRecord[] = [];
  for (const { name, nodes, weights } of groups) {
    await breathe(signal, 'costs');
    const own = nodes.flatMap((node) => byName.get(node.name) ?? []);
    const held = weights.map((weight) => [weight, model.weights.need(weight)] as const);
    const trained = held.filter(([weight]) => parameters.has(weight)).map(([, weight]) => weight);
    const flops = sum(own, (node) => node.flops);
    const moved = sum(own, (node) => node.movedBytes);
    layers.push({
      name,
      ops: nodes.map(({ op }) => op),
      ...sparsity(trained),
      weightBytes: {
        stored: sum(held, ([, weight]) => weight.storedBytes),
        gzip: held.length === 0 ? 0 : await gzipBytes(held.map(([, weight]) => weight.bytes)),
        memory: sum(held, ([, weight]) => weight.memoryBytes),
      },
      macs: sum(own, (node) => node.macs),
      flops,
      activationBytes: sum(own, (node) => node.activationBytes),
      movedBytes: moved,
      // Of arithmetic that is not counted nobody knows how much there is to a byte.
      ...(own.some(({ uncounted }) => uncounted !== undefined) ? {} : intensity(flops, moved)),
    });
    progress?.({ task: 'costs', message: name, done: layers.length, total: groups.length });
  }
  return layers;
}

function sparsity(
  weights: readonly Weight[],
): Pick<LayerCostRecord, 'parameters' | 'nonZeroParameters' | 'sparsity'> {
  const parameters = sum(weights, (weight) => weight.size);
  const nonZeroParameters = sum(weights, countNonZero);
  return {
    parameters,
    nonZeroParameters,
    ...(parameters === 0 ? {} : { sparsity: 1 - nonZeroParameters / parameters }),
  };
}

async function fileBytes(
  model: Model,
  location: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Pick<CostRecord, 'fileBytes' | 'gzipBytes' | 'files'>> {
  const { from, bytes, files } = await (location === undefined ? filesOf(model) : filesAt(location));
  let gzip = 0;
  for await (const { pieces } of files) {
    await breathe(signal, 'costs');
    gzip += await gzipBytes(pieces);
  }
  return { fileBytes: bytes, gzipBytes: gzip, files: from };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
