import {
  getAttr,
  inferShapes,
  isPlumbing,
  nodeOf,
  outputCount,
  valueId,
  type DType,
  type Model,
  type Node,
  type ValueId,
} from '@tfjs-optimize/core';
import { readCone } from './cones.js';
import { Constants, onlyUser } from './constants.js';
import { functionOf } from './functions.js';
import { clampOf, isLinearOp, readLinear } from './linear.js';
import { moveOf } from './moves.js';
import type { BinaryUnit, Unit } from './units.js';

/** What can be integer in a float graph, and what cannot and why. */
export interface Reading {
  /** Units in the order of the graph, by the name of their node. */
  readonly units: ReadonlyMap<string, Unit>;
  /** Why nodes that could be of interest have no integer form, as phrases. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly constants: Constants;
  readonly dtype: (value: ValueId) => DType | undefined;
}

const BINARY: Readonly<Record<string, BinaryUnit['op']>> = {
  Add: 'Add',
  AddV2: 'Add',
  BiasAdd: 'Add',
  Sub: 'Sub',
  Mul: 'Mul',
};

/** Reads a float graph as units that have an integer form. */
export function readUnits(model: Model): Reading {
  const { graph, weights } = model;
  const constants = new Constants(model);
  const shapes = inferShapes(graph, weights);
  const found = new Map<string, Unit>();
  const reasons = new Map<string, string>();
  const taken = new Set<string>();
  const claim = (unit: Unit): void => {
    found.set(unit.node.name, unit);
    for (const node of [unit.node, ...unit.absorbed]) taken.add(node.name);
  };
  const decide = (node: Node, unit: Unit | string | undefined): void => {
    if (typeof unit === 'object') claim(unit);
    else if (unit !== undefined) reasons.set(node.name, unit);
  };
  // Kernels first, so that nothing else takes their biases and clamps.
  for (const node of graph) {
    if (isLinearOp(node.op) && !taken.has(node.name)) decide(node, linearOrProduct(node));
  }
  for (const node of graph) if (!taken.has(node.name)) decide(node, binary(node));
  // From the end, so that a chain of functions is found by its last node.
  for (const node of [...graph].reverse()) {
    if (!taken.has(node.name) && !isConstant(node)) decide(node, other(node));
  }
  const units = new Map<string, Unit>();
  for (const { name } of graph) {
    const unit = found.get(name);
    if (unit !== undefined) units.set(name, unit);
  }
  return { units, reasons, constants, dtype: (value) => shapes.dtype(value) };

  function isConstant(node: Node): boolean {
    return node.op === 'Const' || constants.of(node.name) !== undefined;
  }

  function linearOrProduct(node: Node): Unit | string {
    const linear = readLinear(node, graph, constants);
    if (typeof linear === 'object' || !node.op.startsWith('BatchMatMul')) return linear;
    const [a, b] = node.inputs as [ValueId, ValueId];
    if (constants.of(a) !== undefined || constants.of(b) !== undefined) return linear;
    const flag = (key: string): boolean => getAttr(node, key, 'bool') ?? false;
    const transposed = { a: flag('adj_x'), b: flag('adj_y') };
    return { kind: 'product', node, absorbed: [], inputs: [a, b], outputs: [node.name], transposed };
  }

  /** A sum, difference or product of two values, or of a value and a constant with several numbers. */
  function binary(node: Node): BinaryUnit | undefined {
    const op = Object.hasOwn(BINARY, node.op) ? BINARY[node.op] : undefined;
    const [a, b] = node.inputs;
    if (op === undefined || a === undefined || b === undefined || isConstant(node)) return undefined;
    if (a === b || constants.number(a) !== undefined || constants.number(b) !== undefined) return undefined;
    if (shapes.dtype(node.name) === 'int32') return undefined;
    if (readCone(node, graph, constants, (inner) => !taken.has(inner.name)) !== undefined) return undefined;
    const user = onlyUser(graph, node.name);
    const next = user === undefined ? undefined : graph.need(user);
    const clamp = next === undefined || taken.has(next.name) ? undefined : clampOf(next, constants);
    const own = { kind: 'binary', op, inputs: [a, b] } as const;
    if (clamp === undefined || next === undefined) {
      return { ...own, node, absorbed: [], outputs: [node.name], clamp: {} };
    }
    return { ...own, node: next, absorbed: [node], outputs: [next.name], clamp };
  }

  function other(node: Node): Unit | string | undefined {
    const { op, name, inputs } = node;
    const [x] = inputs;
    if (x === undefined || (isPlumbing(node) && op !== 'Identity')) return undefined;
    const base = { node, absorbed: [], inputs: [x], outputs: [name] };
    switch (op) {
      case 'AvgPool':
      case 'MaxPool':
        return isChannelsFirst(node) ? 'its channels are first' : { ...base, kind: 'pool', op };
      case 'ResizeBilinear':
      case 'ResizeNearestNeighbor':
        return { ...base, kind: 'resize', op };
      case 'Softmax':
        return { ...base, kind: 'softmax' };
      case 'Mean': {
        const axes = constants.whole(inputs[1]);
        if (axes === undefined) return 'its axes are not a constant';
        return { ...base, kind: 'mean', axes, keepDims: getAttr(node, 'keep_dims', 'bool') ?? false };
      }
      case 'FusedBatchNorm':
      case 'FusedBatchNormV2':
      case 'FusedBatchNormV3':
        return 'batch norms have none; fold them with @tfjs-optimize/fusion first';
      default:
        return clampUnit(node) ?? table(node) ?? move(node);
    }
  }

  function clampUnit(node: Node): Unit | undefined {
    const clamp = clampOf(node, constants);
    const x = node.inputs.find((input) => constants.of(input) === undefined);
    if (clamp === undefined || x === undefined) return undefined;
    return { kind: 'clamp', node, absorbed: [], inputs: [x], outputs: [node.name], clamp };
  }

  function table(node: Node): Unit | undefined {
    if (node.op === 'Identity' || functionOf(node) === undefined) return undefined;
    return readCone(node, graph, constants, (inner) => !taken.has(inner.name));
  }

  function move(node: Node): Unit | string | undefined {
    const how = moveOf(node, constants);
    if (typeof how !== 'object') return how;
    const count = outputCount(node);
    if (count === undefined) return 'how many outputs it has is not known';
    const inputs = how.places.map((place) => node.inputs[place] as ValueId);
    const outputs = Array.from({ length: count }, (_, i) => valueId(node.name, i));
    return { kind: 'move', node, absorbed: [], inputs, outputs, places: how.places, fill: how.fill };
  }
}

function isChannelsFirst(node: Node): boolean {
  return (getAttr(node, 'data_format', 'string') ?? '').toUpperCase().startsWith('NC');
}

/** The nodes of a unit, itself included. */
export function nodesOf(unit: Unit): readonly Node[] {
  return [...unit.absorbed, unit.node];
}

/** The node behind a value. */
export function producerOf(model: Model, value: ValueId): Node {
  return model.graph.need(nodeOf(value));
}
