import {
  Graph,
  liveNodes,
  makeNode,
  splitValue,
  valueId,
  Weight,
  Weights,
  type Model,
  type Node,
  type Shape,
  type WeightMove,
  type ValueId,
} from '@tfjs-optimize/core';
import { quantize } from '../numerics/quantize.js';
import { INT8, type QParams } from '../numerics/qparams.js';
import { Names } from './names.js';
import type { Constant } from './units.js';

/** Nodes and weights of the new model. */
export interface Converted {
  readonly graph: Graph;
  readonly weights: Weights;
  /** What became of the weights of the given model. */
  readonly moves: readonly WeightMove[];
}

/** Gathers the nodes and weights of a model that is made from another. */
export class FloatCopies {
  readonly names: Names;
  private readonly nodes = new Map<string, Node>();
  private readonly weights = new Map<string, Weight>();
  private readonly renamed = new Map<string, string>();
  private readonly byContent = new Map<string, ValueId>();
  private readonly made: { readonly from: string; readonly to: string }[] = [];

  constructor(private readonly model: Model) {
    this.names = new Names(model);
    for (const [name, weight] of model.weights) this.weights.set(name, weight);
  }

  add(node: Node): void {
    this.nodes.set(node.name, node);
  }

  /** Gives what a node becomes another name. */
  rename(name: string, wanted: string): string {
    const taken = this.names.take(wanted);
    this.renamed.set(name, taken);
    return taken;
  }

  nameOf(name: string): string {
    return this.renamed.get(name) ?? name;
  }

  valueOf(value: ValueId): ValueId {
    const [name, index] = splitValue(value);
    return valueId(this.nameOf(name), index);
  }

  /** A new constant; one of the same content that was made before serves again. */
  constant(wanted: string, weight: Weight): ValueId {
    const content = `${weight.dtype} ${weight.encoding.kind} ${weight.shape.join()} ${bytesKey(weight.bytes)}`;
    const known = this.byContent.get(content);
    if (known !== undefined) return known;
    const name = this.names.take(wanted);
    this.byContent.set(content, name);
    this.weights.set(name, weight);
    this.add(makeNode({ name, op: 'Const' }));
    return name;
  }

  int8(wanted: string, values: Int8Array, shape: Shape): ValueId {
    return this.constant(wanted, Weight.int8(values, shape));
  }

  /** A kernel as symmetric int8. */
  int8Kernel({ name, shape }: Constant, values: Int8Array): ValueId {
    const to = this.int8(`${name}/int8`, values, shape);
    this.made.push({ from: name, to });
    return to;
  }

  /** A constant operand as int8. */
  int8Constant({ name, values, shape }: Constant, wanted: QParams): ValueId {
    const levels = { ...INT8, rounding: 'away' } as const;
    return this.int8(`${name}/int8`, quantize(values, wanted, levels) as Int8Array, shape);
  }

  /**
   * The graph of what the outputs need. A constant of which only an int8 version is left gets back the name of what it was
   * made of, without what tells its type.
   */
  finish(outputs: readonly ValueId[]): Converted {
    const { graph, weights: old } = this.model;
    const all = new Graph(this.nodes.values(), graph.inputs, outputs, graph.extras);
    const live = liveNodes(all);
    const kept = [...all].filter(({ name }) => live.has(name) || graph.inputs.includes(name));
    const used = new Set(kept.map(({ name }) => name));
    const back = new Map<string, string>();
    for (const { name, op } of kept) {
      const plain = name.replace(/\/(int8|int32)$/, '');
      if (op === 'Const' && plain !== name && old.has(plain) && !used.has(plain)) back.set(name, plain);
    }
    const nameNow = (value: ValueId): ValueId => back.get(value) ?? value;
    const nodes = kept.map((node) => ({
      ...node,
      name: nameNow(node.name),
      inputs: node.inputs.map(nameNow),
    }));
    const weights = new Map<string, Weight>();
    for (const [name, weight] of this.weights) {
      // Weights that no node has are those of functions: they stay.
      if (used.has(name) || !graph.has(name))
        if (!this.nodes.has(name) || used.has(name)) weights.set(nameNow(name), weight);
    }
    const isMade = (name: string): boolean => this.made.some(({ from }) => from === name);
    const moves = this.made.map(({ from, to }): WeightMove => ({ from, to: nameNow(to) }));
    const gone = [...old.names()].filter((name) => graph.has(name) && !used.has(name) && !isMade(name));
    return {
      graph: new Graph(nodes, graph.inputs, outputs.map(nameNow), graph.extras),
      weights: new Weights(weights),
      moves: [...moves, ...gone.map((from) => ({ from, to: undefined }))],
    };
  }
}

/** A text that tells apart the bytes of constants: their length and two hashes (FNV-1a, forward and by words). */
function bytesKey(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ (bytes[i] as number), 0x01000193);
    b = Math.imul((b << 5) | (b >>> 27), 0x85ebca6b) ^ (bytes[i] as number);
  }
  return `${bytes.length} ${a >>> 0} ${b >>> 0}`;
}
