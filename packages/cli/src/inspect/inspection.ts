import { groupByLayer, isPlumbing, type LayerGroup, type Model, type ValueId } from '@tfjs-optimize/core';
import type { InputsInWords } from '../measuring.js';
import type { Fusable } from './fusable.js';
import { weightEncodings, weightTotals, type WeightTotals } from './weights.js';

/** What a run of the model showed of its values; absent where it could not be run. */
export interface Measured {
  shapeOf(value: ValueId): readonly number[] | undefined;
  /** FLOPs of a node; undefined where they are not known. */
  flopsOf(node: string): number | undefined;
  /** Trained numbers that a node is the first to read, as the literature counts them. */
  parametersOf(node: string): number;
  readonly flops: number;
  readonly macs: number;
  /** Trained numbers of the model. */
  readonly parameters: number;
  readonly peakActivationBytes: number;
  /** Nodes whose arithmetic is not in the sums. */
  readonly uncounted: readonly { readonly name: string; readonly op: string; readonly why: string }[];
}

/** One row of the table of layers or of ops. */
export interface Row {
  readonly name: string;
  readonly ops: readonly string[];
  readonly count: number;
  /** Trained numbers; all elements of weights where the model was not run. */
  readonly parameters: number;
  readonly weights: WeightTotals;
  readonly flops: number | undefined;
  /** Shape of the last value; undefined in the table of ops. */
  readonly shape: readonly number[] | undefined;
}

/** All that `inspect` shows. */
export interface Inspection {
  readonly model: Model;
  readonly nodes: number;
  readonly computing: number;
  readonly parameters: number;
  readonly weights: WeightTotals;
  readonly encodings: ReadonlyMap<string, WeightTotals>;
  readonly layers: readonly Row[];
  readonly ops: readonly Row[];
  readonly measured: Measured | undefined;
  /** What the model was run on, where it was. */
  readonly ranOn: InputsInWords | undefined;
  /** Why the model was not run, where it was not. */
  readonly notMeasured: string | undefined;
  readonly fusable: Fusable;
}

/** Puts together the tables from what was found. */
export function inspectionOf(
  model: Model,
  {
    measured,
    ranOn,
    notMeasured,
    fusable,
  }: Pick<Inspection, 'measured' | 'ranOn' | 'notMeasured' | 'fusable'>,
): Inspection {
  const layers = groupByLayer(model);
  const weights = weightTotals(model.weights, model.weights.names());
  const computing = [...model.graph].filter((node) => !isPlumbing(node));
  return {
    model,
    nodes: model.graph.size,
    computing: computing.length,
    parameters: measured?.parameters ?? weights.parameters,
    weights,
    encodings: weightEncodings(model.weights),
    layers: layers.map((group) => layerRow(model, group, measured)),
    ops: opRows(model, layers, measured),
    measured,
    ranOn,
    notMeasured,
    fusable,
  };
}

function layerRow(model: Model, group: LayerGroup, measured: Measured | undefined): Row {
  const last = group.nodes.at(-1);
  const weights = weightTotals(model.weights, group.weights);
  return {
    name: group.name,
    ops: group.nodes.map(({ op }) => op),
    count: group.nodes.length,
    parameters:
      measured === undefined
        ? weights.parameters
        : group.nodes.reduce((sum, { name }) => sum + measured.parametersOf(name), 0),
    weights,
    flops: sumFlops(group, measured),
    shape: last === undefined ? undefined : measured?.shapeOf(last.name),
  };
}

/** Ops, the most arithmetic first; weights count for the op that uses them first. */
function opRows(model: Model, layers: readonly LayerGroup[], measured: Measured | undefined): Row[] {
  const byOp = new Map<string, LayerGroup & { nodes: LayerGroup['nodes'][number][]; weights: string[] }>();
  for (const group of layers) {
    for (const node of group.nodes) {
      const own = byOp.get(node.op) ?? { name: node.op, nodes: [], weights: [] };
      own.nodes.push(node);
      byOp.set(node.op, own);
    }
    for (const weight of group.weights) {
      const user = group.nodes.find((node) => reads(model, node.inputs, weight));
      if (user !== undefined) byOp.get(user.op)?.weights.push(weight);
    }
  }
  return [...byOp.values()]
    .map((group) => ({ ...layerRow(model, group, measured), shape: undefined }))
    .sort((a, b) => (b.flops ?? 0) - (a.flops ?? 0) || b.count - a.count);
}

/** Whether a node reads a weight, seen through Identity nodes. */
function reads(model: Model, inputs: readonly ValueId[], weight: string): boolean {
  return inputs.some((value) => {
    if (value === weight) return true;
    const node = model.graph.producer(value);
    return node.op === 'Identity' && reads(model, node.inputs, weight);
  });
}

function sumFlops(group: LayerGroup, measured: Measured | undefined): number | undefined {
  if (measured === undefined) return undefined;
  const known = group.nodes.map(({ name }) => measured.flopsOf(name)).filter((flops) => flops !== undefined);
  return known.length === 0 && group.nodes.length > 0
    ? undefined
    : known.reduce((sum, flops) => sum + flops, 0);
}
