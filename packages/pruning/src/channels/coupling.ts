import {
  inferShapes,
  layerNames,
  nodeOf,
  outputCount,
  valueId,
  weightTrainingOf,
  type InferredShapes,
  type Model,
  type Node,
  type TensorType,
  type ValueId,
} from '@tfjs-optimize/core';
import { CARRIES, ruleOf } from './rules/index.js';
import { SizesRead } from './sizes-read.js';
import { Site, type Labelled, type Labels, type Role } from './site.js';
import { Units } from './units.js';

/** What of a graph goes together: the unit at every position of every axis of every value. */
export interface Coupling {
  readonly units: Units;
  readonly labels: ReadonlyMap<ValueId, Labels>;
  /** How nodes are brought up to date when something is cut. */
  readonly rewrites: ReadonlyMap<string, NonNullable<Labelled['rewrite']>>;
  /** What axes of weights are for, by the axis. */
  readonly roles: ReadonlyMap<Int32Array, readonly Role[]>;
  /** Axes of weights that count no channels. */
  readonly places: ReadonlySet<Int32Array>;
  readonly types: InferredShapes;
}

/**
 * Reads a graph as a network of couplings. Every axis of every constant of floats begins as units of its own; each op
 * unites those of its operands that must go together and tells which units its outputs have. Inputs, outputs and what
 * ops do that are not understood lock units, with the node to blame; so do frozen kernels that nobody named.
 */
export function coupling(model: Model, named: readonly string[]): Coupling {
  const { graph, weights, signature } = model;
  const units = new Units();
  const labels = new Map<ValueId, Labels>();
  const rewrites = new Map<string, NonNullable<Labelled['rewrite']>>();
  const roles = new Map<Int32Array, Role[]>();
  const places = new Set<Int32Array>();
  const types = inferShapes(graph, weights);
  const constants = new Set<string>();
  const late: { readonly node: Node; readonly value: ValueId }[] = [];
  const sizes = new SizesRead(types);
  const broken = new Set(types.contradictions.map(({ subject }) => subject));
  for (const node of graph) {
    if (node.op === 'Const') {
      constants.add(node.name);
      const weight = weights.get(node.name);
      if (weight !== undefined)
        labels.set(
          node.name,
          weight.shape.map((size) => (weight.dtype === 'float32' ? units.fresh(size) : null)),
        );
      continue;
    }
    if (CARRIES.has(node.op) && constants.has(nodeOf(node.inputs[0] ?? ''))) constants.add(node.name);
    const site = new Site(
      node,
      units,
      node.inputs.map((value) => labels.get(value)),
      node.inputs.map((value) => types.type(value)),
      outputTypes(node, types),
      node.inputs.map((value) => constants.has(nodeOf(value))),
      roles,
      places,
    );
    for (const value of node.inputs) if (!labels.has(value)) late.push({ node, value });
    const { outputs, rewrite } = broken.has(node.name)
      ? site.refuse(`meets sizes that contradict each other at ${site.where}`)
      : labelled(site);
    outputs.forEach((output, i) => output && labels.set(valueId(node.name, i), output));
    if (rewrite !== undefined) rewrites.set(node.name, rewrite);
    for (const { value, axis } of sizes.take(node, (input) => labels.get(input)))
      lockAll(
        units,
        [labels.get(value)?.[axis] ?? null],
        node.name,
        `is counted at '${node.name}' (${node.op})`,
      );
  }
  for (const { node, value } of late)
    lockAll(units, labels.get(value), node.name, `comes round a loop at '${node.name}'`);
  for (const value of [...graph.outputs, ...signature.outputs.map((port) => port.value)])
    lockAll(units, labels.get(value), nodeOf(value), `is an output of the model ('${nodeOf(value)}')`);
  const layerOf = layerNames(model);
  for (const name of frozenKernels(model)) {
    const readers = (labels.get(name) ?? []).flatMap((axis) =>
      axis === null ? [] : (roles.get(axis) ?? []),
    );
    const names = readers.flatMap(({ node }) => [node, layerOf(node)]);
    if ([name, ...names].some((one) => named.includes(one))) continue;
    lockAll(
      units,
      labels.get(name),
      name,
      `is a slice of '${name}', which is frozen (name its layer, or make it trainable, to cut it)`,
    );
  }
  return { units, labels, rewrites, roles, places, types };
}

/**
 * Weights that make channels or take them and are not to be trained. Vectors are none: biases and batch norms go with the
 * layer that they adjust, since the layer around frozen statistics may be trained.
 */
export function frozenKernels({ graph, weights }: Pick<Model, 'graph' | 'weights'>): string[] {
  return [...graph].flatMap((node) => {
    const isKernel = node.op === 'Const' && (weights.get(node.name)?.shape.length ?? 0) >= 2;
    return isKernel && weightTrainingOf(node).trainable === false ? [node.name] : [];
  });
}

function labelled(site: Site): Labelled {
  const { node } = site;
  if (node.op === 'Placeholder' || node.op === 'PlaceholderWithDefault') {
    return { outputs: [site.fixed(site.outShape(), `is an input of the model ('${node.name}')`)] };
  }
  return (
    ruleOf(node.op)?.(site) ??
    site.refuse(`goes through '${node.name}', and what ${node.op} does to channels is not understood`)
  );
}

function outputTypes(node: Node, types: InferredShapes): TensorType[] {
  return Array.from({ length: outputCount(node) ?? 1 }, (_, i) => types.type(valueId(node.name, i)));
}

function lockAll(units: Units, labels: Labels | undefined, node: string, why: string): void {
  for (const axis of labels ?? []) axis?.forEach((unit) => units.lock(unit, { node, why }));
}
