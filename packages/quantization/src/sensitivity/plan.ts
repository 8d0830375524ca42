import { groupByLayer, nodeOf, type Model, type Node, type ValueId } from '@tfjs-optimize/core';
import type { Ranges } from '../calibrate/ranges.js';
import { endOfChain } from '../fake/chain.js';
import { channelAxes, isConstant, operandsOf } from '../fake/kernels.js';
import type { Insertion } from '../fake/insert.js';
import { qparams, type Levels } from '../numerics/qparams.js';
import { selectorOf, type Selection } from '../select.js';

/** A layer that would be quantized. */
export interface QuantizedLayer {
  readonly layer: string;
  /** The nodes that multiply by weights. */
  readonly kernels: readonly Node[];
  /** Activations that the layer takes and gives. */
  readonly activations: readonly { readonly value: ValueId; readonly users?: ReadonlySet<string> }[];
}

/** The layers that multiply by weights, as far as they are selected, in the order of the graph. */
export function quantizedLayers(model: Model, selection: Selection, subject: string): QuantizedLayer[] {
  const selector = selectorOf(model, selection, subject);
  const known = new Map<string, boolean>();
  return groupByLayer(model).flatMap(({ name, nodes }): QuantizedLayer[] => {
    const kernels = nodes.filter((node) => {
      const weight = node.inputs[operandsOf(node).kernel];
      return (
        channelAxes(node) !== undefined &&
        weight !== undefined &&
        isConstant(model, weight, known) &&
        selector.has(node, nodeOf(weight))
      );
    });
    if (kernels.length === 0) return [];
    const inputs = kernels.map((node) => ({
      value: node.inputs[operandsOf(node).activation] as ValueId,
      users: new Set([node.name]),
    }));
    const outputs = kernels.map((node) => ({ value: endOfChain(model, node, known) }));
    return [{ layer: name, kernels, activations: [...inputs, ...outputs] }];
  });
}

/** The values whose ranges a simulation of these layers needs. */
export function valuesOf(layers: readonly QuantizedLayer[]): ValueId[] {
  return [...new Set(layers.flatMap(({ activations }) => activations.map(({ value }) => value)))];
}

/**
 * Fake quantization of one layer as the static scheme has it: weights symmetric for each channel, activations affine by
 * their ranges.
 */
export function insertionsOf(
  { kernels, activations }: QuantizedLayer,
  ranges: Ranges['values'],
  bits: number,
): Insertion[] {
  const half = 2 ** (bits - 1);
  const weights = kernels.map((node): Insertion => ({
    value: node.inputs[operandsOf(node).kernel] as ValueId,
    users: new Set([node.name]),
    params: { qmin: 1 - half, qmax: half - 1, axes: channelAxes(node) },
  }));
  const levels: Levels = { qmin: -half, qmax: half - 1 };
  return [
    ...weights,
    ...activations.flatMap(({ value, users }): Insertion[] => {
      const range = ranges.get(value);
      if (range === undefined) return [];
      const { scale, zeroPoint } = qparams(range, levels);
      const params = { ...levels, scales: [scale], zeroPoints: [zeroPoint], rounding: 'away' } as const;
      return [{ value, ...(users !== undefined && { users }), params }];
    }),
  ];
}
