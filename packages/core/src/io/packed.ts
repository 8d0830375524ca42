import {
  checkChecksum,
  contradiction,
  Crc32,
  flipSigns,
  isIntegerOp,
  needMetadata,
  partNames,
  PACKED_KEY,
  PACKED_VERSION,
  readPackedMetadata,
  scaleShape,
  type ChannelWeight,
  type PackedMetadata,
} from '@tfjs-optimize/runtime/format';
import { Graph } from '../graph/graph.js';
import { describeConst } from '../graph/json.js';
import { makeNode, nodeOf, type Node } from '../graph/node.js';
import type { Json, JsonObject } from '../json.js';
import { Weight, Weights } from '../weights.js';
import type { WeightSpec } from './manifest.js';

/*
 * The packed format: weights in codings beyond those of stock TensorFlow.js; docs/packed-format.md describes it.
 */

type Entry = readonly [name: string, weight: Weight];

/** How a file stores whole numbers from -128 to 127 so that stock TensorFlow.js gives them as floats. */
const OFFSET_BYTES = { kind: 'affine', dtype: 'uint8', scale: 1, min: -128 } as const;

/** A graph and its weights as they stand in a file, and what its metadata says of them. */
export interface Packed {
  readonly graph: Graph;
  readonly entries: readonly Entry[];
  /** Undefined where there is nothing that stock TensorFlow.js does not know. */
  readonly metadata: JsonObject | undefined;
}

/**
 * Puts weights with a scale for each channel into the form that files have: the product of two constants, which stock
 * TensorFlow.js computes. Those that only functions read become plain.
 */
export function pack(graph: Graph, entries: readonly Entry[]): Packed {
  const taken = new Set([...entries.map(([name]) => name), ...[...graph].map(({ name }) => name)]);
  const products = new Map<string, readonly Node[]>();
  const described: Record<string, Json> = {};
  const written = entries.flatMap(([name, weight]): Entry[] => {
    if (weight.encoding.kind !== 'channels') return [[name, weight]];
    const node = graph.get(name);
    if (node === undefined) return [[name, expanded(weight)]];
    const { axis, scales } = weight.encoding;
    const parts = partNames(name, {});
    const [valuesName, scalesName] = [fresh(parts.values, taken), fresh(parts.scales, taken)];
    products.set(name, [
      { ...node, name: valuesName, controls: [] },
      makeNode({ name: scalesName, op: 'Const' }),
      makeNode({
        name,
        op: 'Mul',
        inputs: [valuesName, scalesName],
        controls: node.controls,
      }),
    ]);
    described[name] = {
      coding: 'int8',
      axis,
      ...(valuesName === parts.values ? {} : { values: valuesName }),
      ...(scalesName === parts.scales ? {} : { scales: scalesName }),
    };
    return [
      [scalesName, Weight.of(scales, scaleShape(weight.shape, axis, scales.length) as number[])],
      [valuesName, Weight.stored('float32', weight.shape, OFFSET_BYTES, flipSigns(weight.bytes))],
    ];
  });
  if (products.size === 0 && !written.some(([, { encoding }]) => isBeyondStock(encoding.kind))) {
    return { graph, entries, metadata: undefined };
  }
  const crc = new Crc32();
  for (const [, weight] of written) crc.update(weight.bytes);
  const metadata = {
    version: PACKED_VERSION,
    checksum: { kind: 'crc32', value: crc.hex },
    ...(products.size === 0 ? {} : { weights: described }),
  };
  return { graph: replaced(graph, products), entries: written, metadata };
}

function isBeyondStock(kind: Weight['encoding']['kind']): boolean {
  return kind === 'int8' || kind === 'bfloat16';
}

function fresh(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}

function replaced(graph: Graph, nodes: ReadonlyMap<string, readonly Node[]>): Graph {
  if (nodes.size === 0) return graph;
  const all = [...graph].flatMap((node) => nodes.get(node.name) ?? [node]);
  return new Graph(all, graph.inputs, graph.outputs, graph.extras);
}

/** The same values in an encoding that stock TensorFlow.js knows. */
function expanded(weight: Weight): Weight {
  return Weight.of(weight.values(), weight.shape, weight.dtype);
}

/**
 * Weights as TensorFlow.js can load them with nothing of ours: what it does not know is decoded. Numbers of 8 bits that
 * only ops of the runtime read stay bytes, in tensors of booleans, which is how those ops take them.
 */
export function unpacked(graph: Graph, entries: readonly Entry[]): Entry[] {
  return entries.map(([name, weight]): Entry => {
    const { kind } = weight.encoding;
    if (kind === 'int8' && graph.has(name) && onlyIntegerOpsRead(graph, name)) {
      return [name, Weight.of(weight.bytes, weight.shape, 'bool')];
    }
    return kind === 'channels' || isBeyondStock(kind) ? [name, expanded(weight)] : [name, weight];
  });
}

/** Whether all that reads a constant, seen through Identity nodes, are ops of the runtime; an output is read by others. */
function onlyIntegerOpsRead(graph: Graph, name: string): boolean {
  if (graph.outputs.some((value) => nodeOf(value) === name)) return false;
  for (const user of graph.users(name)) {
    const isRead = user.op === 'Identity' ? onlyIntegerOpsRead(graph, user.name) : isIntegerOp(user.op);
    if (!isRead) return false;
  }
  return true;
}

/** Checks weights of a file against what its metadata says of them, as their bytes go by. */
export class PackedCheck {
  private readonly metadata: PackedMetadata | undefined;
  private readonly crc = new Crc32();

  /**
   * @param json of the file; looked at before its weights are read.
   * @param subject the file, for errors.
   * @throws `packed/version`, `packed/coding`, `packed/metadata`.
   */
  constructor(
    json: JsonObject,
    specs: readonly WeightSpec[],
    private readonly subject: string,
  ) {
    this.metadata = readPackedMetadata(json['userDefinedMetadata'], subject);
    const coded = specs.find(({ encoding }) => isBeyondStock(encoding.kind));
    if (coded !== undefined) needMetadata(this.metadata, coded.name, subject);
  }

  add(bytes: Uint8Array): void {
    if (this.metadata !== undefined) this.crc.update(bytes);
  }

  /** @throws `packed/checksum` */
  finish(): void {
    if (this.metadata !== undefined) checkChecksum(this.metadata, this.crc, this.subject);
  }
}

/** Nodes and weights of a file with one weight in the place of each product that its metadata describes. */
export function unpack(
  nodes: readonly Node[],
  weights: Weights,
  metadata: unknown,
  subject: string,
): { readonly nodes: readonly Node[]; readonly weights: Weights } {
  const packed = readPackedMetadata(metadata, subject);
  if (packed === undefined) return { nodes, weights };
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = countReaders(nodes);
  const constants = new Map<string, Node>();
  const removed = new Set<string>();
  const raised = new Map<string, Entry>();
  for (const [name, product] of Object.entries(packed.weights ?? {})) {
    const { values, scales } = product;
    const node = byName.get(name);
    const isProduct = node?.op === 'Mul' && node.inputs.join() === [values, scales].join();
    if (!isProduct || readers.get(values) !== 1 || readers.get(scales) !== 1) {
      contradiction(
        `packed weight '${name}'`,
        `a Mul that alone reads '${values}' and '${scales}'`,
        node === undefined ? 'no node of that name' : `${node.op}(${node.inputs.join(', ')})`,
      );
    }
    const constant = byName.get(values);
    if (constant?.op !== 'Const') {
      contradiction(
        `packed weight '${name}'`,
        `a Const of the name '${values}'`,
        constant === undefined ? 'no node of that name' : constant.op,
      );
    }
    constants.set(name, { ...constant, name, controls: node.controls });
    for (const part of [values, scales]) removed.add(part);
    raised.set(values, [name, raise(name, product, weights)]);
  }
  // In the place of its values; the scales stand before or behind.
  const kept = [...weights].flatMap((entry): Entry[] => {
    const [name] = entry;
    const product = raised.get(name);
    if (product !== undefined) return [product];
    return removed.has(name) ? [] : [entry];
  });
  const whole = new Weights(kept);
  return {
    nodes: nodes
      .filter(({ name }) => !removed.has(name))
      .map((node) => redescribed(constants.get(node.name) ?? node, whole)),
    weights: whole,
  };
}

/** A Const with the attributes that packed files leave out. */
function redescribed(node: Node, weights: Weights): Node {
  const { dtype, value } = node.attrs;
  return node.op === 'Const' && dtype === undefined && value === undefined
    ? describeConst(node, weights)
    : node;
}

function countReaders(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const { inputs, controls } of nodes) {
    for (const name of [...inputs.map(nodeOf), ...controls]) readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  return readers;
}

function raise(name: string, { axis, values, scales }: ChannelWeight, weights: Weights): Weight {
  const [stored, factors] = [weights.get(values), weights.get(scales)];
  const encoding = stored?.encoding;
  const shape = factors && stored && scaleShape(stored.shape, axis, factors.size);
  const fits =
    encoding?.kind === 'affine' &&
    encoding.dtype === 'uint8' &&
    encoding.scale === OFFSET_BYTES.scale &&
    encoding.min === OFFSET_BYTES.min &&
    stored?.dtype === 'float32' &&
    factors?.dtype === 'float32' &&
    shape?.join() === factors.shape.join();
  if (!fits) {
    contradiction(
      `packed weight '${name}'`,
      `uint8 values with scale 1 and min -128 in '${values}' and a scale for each channel along axis ${axis} in '${scales}'`,
      `${describe(stored)} and ${describe(factors)}`,
    );
  }
  const bytes = flipSigns(stored.bytes);
  const encoded = { kind: 'channels', axis, scales: Float32Array.from(factors.numbers()) } as const;
  return Weight.stored('float32', stored.shape, encoded, bytes);
}

function describe(weight: Weight | undefined): string {
  if (weight === undefined) return 'no weight';
  return `${weight.encoding.kind} ${weight.dtype}[${weight.shape.join(',')}]`;
}

/** Metadata without what is said there of packed weights, which goes with the file; undefined for nothing else. */
export function withoutPacked(metadata: JsonObject): JsonObject | undefined {
  if (metadata[PACKED_KEY] === undefined) return metadata;
  const { [PACKED_KEY]: _, ...rest } = metadata;
  return Object.keys(rest).length === 0 ? undefined : rest;
}
