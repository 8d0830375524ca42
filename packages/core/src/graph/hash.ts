import type { Model } from '../model.js';
import type { Weight, Weights } from '../weights.js';
import { Digest } from './digest.js';
import type { Graph } from './graph.js';
import { liveNodes } from './live.js';
import { nodeOf, splitValue, type Attr, type Node, type ValueId } from './node.js';
import { hasTrait, isPure, isSilentAttr, opRow } from './ops/table.js';

/** Options of {@link structuralHash}. */
export interface HashOptions {
  /** Constants count by type, shape and stored bytes; without them all constants are alike. */
  readonly weights?: Weights;
}

/**
 * A hash of what a graph computes, as 32 hexadecimal digits. It does not depend on names of nodes
 * (inputs of the graph count by their place), on the order in which nodes were added, on the order of
 * the inputs of commutative ops, or on dead nodes. Attributes count, save those that say nothing (`T`,
 * names that begin with `_`) or say what holds without them. Equal graphs have equal hashes; unequal
 * ones do, too, with a chance of about n² / 2¹²⁹ among n graphs, as long as nobody tries: it is no
 * cryptographic hash.
 */
export function structuralHash(graph: Graph, options: HashOptions = {}): string {
  const hashes = hashNodes(graph, options.weights, () => false);
  const digest = new Digest().text('graph').number(graph.inputs.length).number(graph.outputs.length);
  for (const value of graph.outputs) digest.text(valueHash(value, hashes));
  for (const hash of unreadHashes(graph, hashes)) digest.text(hash);
  return digest.hex();
}

/**
 * A hash of the value each node makes: of its op, attributes and what its inputs are. Nodes of one hash
 * make the same value and may be merged: whatever is random, stateful or steered has one of its own.
 */
export function nodeHashes(graph: Graph, weights: Weights): ReadonlyMap<string, string> {
  return hashNodes(graph, weights, (node) => !isPure(node.op) && node.op !== 'Const');
}

/**
 * What matters although no output's hash contains it, in any order: prints, and what comes round each
 * loop (with the place where it does).
 */
function unreadHashes(graph: Graph, hashes: ReadonlyMap<string, string>): string[] {
  const live = liveNodes(graph);
  const hashOf = (name: string): string => hashes.get(name) ?? '';
  const found: string[] = [];
  for (const node of graph) {
    if (hasTrait(node.op, 'sideEffect')) found.push(hashOf(node.name));
    if (node.op !== 'Merge' || !live.has(node.name)) continue;
    for (const value of node.inputs) {
      if (graph.producer(value).op === 'NextIteration') found.push(hashOf(node.name) + hashOf(nodeOf(value)));
    }
  }
  return found.sort();
}

function hashNodes(
  graph: Graph,
  weights: Weights | undefined,
  isDistinct: (node: Node) => boolean,
): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  const places = new Map(graph.inputs.map((name, place) => [name, place]));
  const ofWeight = cached(weightHash);
  for (const node of graph) {
    const digest = new Digest().text(node.op);
    const place = places.get(node.name);
    if (place !== undefined) digest.number(place);
    if (isDistinct(node)) digest.text(node.name);
    if (node.op === 'Const') {
      const weight = weights?.get(node.name);
      digest.text(weight === undefined ? '' : ofWeight(weight));
    } else {
      hashAttrs(digest, node);
      hashInputs(digest, node, hashes);
    }
    hashes.set(node.name, digest.hex());
  }
  return hashes;
}

function hashInputs(digest: Digest, node: Node, hashes: ReadonlyMap<string, string>): void {
  const inputs = node.inputs.map((value) => valueHash(value, hashes));
  // Sums of more than two depend on the order in their last bits.
  if (inputs.length === 2 && hasTrait(node.op, 'commutative')) inputs.sort();
  digest.number(inputs.length);
  for (const input of inputs) digest.text(input);
  for (const control of node.controls.map((name) => hashes.get(name) ?? '').sort()) digest.text(control);
}

function cached(hash: (weight: Weight) => string): (weight: Weight) => string {
  const known = new Map<Weight, string>();
  return (weight) => {
    const found = known.get(weight) ?? hash(weight);
    known.set(weight, found);
    return found;
  };
}

/** Values that come round a loop are not hashed yet when they are read: they count by their place alone. */
function valueHash(value: ValueId, hashes: ReadonlyMap<string, string>): string {
  const [name, index] = splitValue(value);
  return `${hashes.get(name) ?? 'loop'}:${index}`;
}

function hashAttrs(digest: Digest, node: Node): void {
  const names = Object.keys(node.attrs).filter((name) => !isSilentAttr(node, name) && !isDefault(node, name));
  digest.number(names.length);
  for (const name of names.sort()) digest.text(name).text(attrText(node.attrs[name] as Attr));
}

/** Whether leaving an attribute out would change nothing. */
function isDefault(node: Node, name: string): boolean {
  const attrs = opRow(node.op)?.attrs;
  const spec = attrs !== undefined && Object.hasOwn(attrs, name) ? attrs[name] : undefined;
  if (spec?.need !== 'default') return false;
  return canonicalJson(node.attrs[name]?.value) === canonicalJson(spec.default);
}

function attrText(attr: Attr): string {
  return `${attr.kind}=${canonicalJson(attr.value)}`;
}

/** JSON with the keys of objects in order, and with infinities and NaN as text. */
function canonicalJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Hash of a weight: type, shape, stored encoding and bytes. */
export function weightHash(weight: Weight): string {
  return new Digest()
    .text(weight.dtype)
    .text(weight.shape.join())
    .text(canonicalJson(weight.encoding) ?? '')
    .bytes(weight.bytes)
    .hex();
}

/**
 * A hash of all that a model saves: nodes with their names and order, weights, signature, stage. Equal
 * digests of two runs of one recipe show that both make the same file. See {@link structuralHash} for
 * the odds and for a hash that does not depend on names.
 */
export function modelDigest(model: Model): string {
  const digest = new Digest().text('model').text(model.stage);
  for (const node of model.graph) {
    digest.text(node.name).text(node.op).text(node.inputs.join(' ')).text(node.controls.join(' '));
    for (const name of Object.keys(node.attrs).sort())
      digest.text(name).text(attrText(node.attrs[name] as Attr));
  }
  const { inputs, outputs, extras } = model.graph;
  digest.text(canonicalJson([inputs, outputs, extras, model.signature, model.extras]) ?? '');
  const names = [...model.weights.names()].sort();
  for (const name of names) digest.text(name).text(weightHash(model.weights.need(name)));
  return digest.hex();
}
