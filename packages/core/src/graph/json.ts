import { fail } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import type { Weights } from '../weights.js';
import { Graph, type GraphExtras } from './graph.js';
import { attrFromJson, attrToJson, isJsonObject, shapeFromJson, shapeToJson } from './json-attr.js';
import { DTYPE_TO_TF, dtypeOfTf, valueId, type Attr, type Attrs, type Node, type ValueId } from './node.js';

/** More nodes than any model has: longer lists are refused before anything is made of them. */
export const MAX_NODES = 5_000_000;

/** What a GraphDef holds, before the signature says what goes in and out. */
export interface ParsedTopology {
  readonly nodes: readonly Node[];
  readonly extras: GraphExtras;
}

/**
 * Reads the `modelTopology` of a graph model (a GraphDef in JSON): its nodes, function library and
 * versions. Nodes that nothing is known about are read like all others; nothing is looked up by op.
 * Use {@link graphFromJson} to get a checked graph.
 *
 * @param file where it stands, for messages.
 * @throws `io/format` where it is not a GraphDef, `graph/attribute` for an attribute that is none.
 */
export function topologyFromJson(topology: unknown, file?: string): ParsedTopology {
  const subject = file === undefined ? 'modelTopology' : `${file}, modelTopology`;
  if (!isJsonObject(topology) || !Array.isArray(topology['node'])) {
    fail('io/format', {
      subject,
      expected: 'a graph with a list of nodes under "node"',
      got: isJsonObject(topology)
        ? `the keys ${Object.keys(topology).slice(0, 8).join(', ') || '(none)'}`
        : typeof topology,
    });
  }
  const list = topology['node'] as readonly Json[];
  if (list.length > MAX_NODES) {
    fail('io/unsafe', {
      subject: 'modelTopology',
      expected: `at most ${MAX_NODES} nodes`,
      got: `${list.length}`,
    });
  }
  const { library, versions } = topology;
  return {
    nodes: Array.from(list, nodeFromJson),
    extras: {
      ...(isJsonObject(library) ? { library } : {}),
      ...(isJsonObject(versions) ? { versions } : {}),
    },
  };
}

/**
 * A checked graph of a GraphDef in JSON.
 * @param inputs names of its placeholders, in signature order.
 * @param outputs values it hands out, in signature order.
 * @throws `io/format`, `graph/duplicate`, `graph/dangling`, `graph/cycle`, `graph/output`.
 */
export function graphFromJson(
  topology: unknown,
  inputs: readonly string[],
  outputs: readonly ValueId[],
): Graph {
  const { nodes, extras } = topologyFromJson(topology);
  return new Graph(nodes, inputs, outputs, extras);
}

/**
 * Writes a graph as a GraphDef in JSON. Reading and writing give back what was read, save for
 * spelling: integers and sizes become decimal text, types names, strings base64, an empty list
 * `{"list": {}}`; empty `input` and `attr` are left out, `node:0` is written `node`, and control
 * inputs follow the others.
 *
 * @param weights if given, the `dtype` and `value` of each Const are brought in line with its weight.
 * @param bare leaves out of Const nodes what their weights say as well; `describeConst` adds it again.
 */
export function graphToJson(graph: Graph, weights?: Weights, bare = false): JsonObject {
  const { library, versions } = graph.extras;
  const describe = (node: Node, known: Weights): Node =>
    bare ? bareConst(node, known) : describeConst(node, known);
  return {
    node: Array.from(graph, (node) => nodeToJson(weights === undefined ? node : describe(node, weights))),
    ...(library === undefined ? {} : { library }),
    // TensorFlow.js reads a field of it without asking whether it is there.
    versions: versions ?? {},
  };
}

function nodeFromJson(json: Json | undefined, index: number): Node {
  if (!isJsonObject(json)) {
    fail('io/format', {
      subject: `node ${index} of modelTopology`,
      expected: 'an object',
      got: kindOf(json),
    });
  }
  const { name, op, input, attr, ...fields } = json;
  const checkedName = nodeName(name, index);
  if (typeof op !== 'string' || op === '') {
    fail('io/format', { subject: `node '${checkedName}'`, expected: 'an op name', got: kindOf(op) });
  }
  const [inputs, controls] = refsFromJson(input ?? [], checkedName);
  return {
    name: checkedName,
    op,
    inputs,
    controls,
    attrs: attrsFromJson(attr ?? {}, `node '${checkedName}' (${op})`),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  };
}

/** Names that would be mistaken for members of a JavaScript object, by TensorFlow.js and others. */
const UNSAFE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

function nodeName(name: Json | undefined, index: number): string {
  if (typeof name !== 'string' || name === '' || name.startsWith('^') || name.includes(':')) {
    fail('io/format', {
      subject: `node ${index} of modelTopology`,
      expected: "a name without ':' and leading '^'",
      got: typeof name === 'string' ? `'${name}'` : kindOf(name),
    });
  }
  if (UNSAFE_NAMES.has(name)) {
    fail('io/unsafe', { subject: `node ${index}`, expected: 'a harmless name', got: `'${name}'` });
  }
  return name;
}

function refsFromJson(json: Json, owner: string): [inputs: ValueId[], controls: string[]] {
  if (!Array.isArray(json)) {
    fail('io/format', { subject: `node '${owner}'`, expected: 'a list of inputs', got: kindOf(json) });
  }
  const inputs: ValueId[] = [];
  const controls: string[] = [];
  for (const ref of json as readonly Json[]) {
    const match = typeof ref === 'string' ? /^(\^?)([^:^]+)(?::(\d{1,9}))?$/.exec(ref) : null;
    if (match === null) {
      fail('io/format', {
        subject: `node '${owner}'`,
        expected: "inputs of the form 'node', 'node:1' or '^node'",
        got: typeof ref === 'string' ? `'${ref}'` : kindOf(ref),
      });
    }
    const [, control, node, output] = match as unknown as [string, string, string, string | undefined];
    if (control === '^') controls.push(node);
    else inputs.push(valueId(node, Number(output ?? 0)));
  }
  return [inputs, controls];
}

function attrsFromJson(json: Json, owner: string): Attrs {
  if (!isJsonObject(json)) {
    fail('graph/attribute', { subject: owner, expected: 'an object of attributes', got: kindOf(json) });
  }
  const attrs: Record<string, Attr> = {};
  for (const [name, value] of Object.entries(json)) {
    if (UNSAFE_NAMES.has(name)) {
      fail('io/unsafe', { subject: owner, expected: 'harmless attribute names', got: `'${name}'` });
    }
    attrs[name] = attrFromJson(name, value, owner);
  }
  return attrs;
}

function nodeToJson(node: Node): JsonObject {
  const input = [...node.inputs, ...node.controls.map((name) => `^${name}`)];
  const attrs = Object.entries(node.attrs);
  return {
    name: node.name,
    op: node.op,
    ...(input.length === 0 ? {} : { input }),
    ...(attrs.length === 0 ? {} : { attr: Object.fromEntries(attrs.map(([k, v]) => [k, attrToJson(v)])) }),
    ...node.fields,
  };
}

/**
 * A Const whose `dtype` and `value` attributes tell its weight's type and shape. Nothing in
 * TensorFlow.js reads them, but other readers do, and a pass that replaces a weight should not have
 * to mind them. What says the same already is left alone (DT_INT64 stands for int32, too).
 */
export function describeConst(node: Node, weights: Weights): Node {
  const weight = node.op === 'Const' ? weights.get(node.name) : undefined;
  if (weight === undefined) return node;
  const typeAttr = node.attrs['dtype'];
  const typeFits = typeAttr?.kind === 'type' && dtypeOfTf(typeAttr.value) === weight.dtype;
  const dtype = typeFits ? typeAttr.value : DTYPE_TO_TF[weight.dtype];
  const valueAttr = node.attrs['value'];
  const tensor = valueAttr?.kind === 'raw' ? tensorOf(valueAttr.value) : undefined;
  const shape =
    tensor === undefined ? undefined : shapeFromJson(tensor['tensorShape'] ?? tensor['tensor_shape'] ?? {});
  if (typeFits && shape?.join() === weight.shape.join() && shape !== null) return node;
  const value = { tensor: { dtype, tensorShape: shapeToJson(weight.shape) } };
  return {
    ...node,
    attrs: { ...node.attrs, value: { kind: 'raw', value }, dtype: { kind: 'type', value: dtype } },
  };
}

/** A Const without the attributes that {@link describeConst} would give it. */
function bareConst(node: Node, weights: Weights): Node {
  if (node.op !== 'Const') return node;
  const { dtype, value, ...attrs } = node.attrs;
  const own = describeConst({ ...node, attrs }, weights).attrs;
  const isSame = [
    [dtype, own['dtype']],
    [value, own['value']],
  ].every(([given, made]) => given === undefined || JSON.stringify(given) === JSON.stringify(made));
  return isSame ? { ...node, attrs } : node;
}

function tensorOf(json: Json): JsonObject | undefined {
  const tensor = isJsonObject(json) ? json['tensor'] : undefined;
  return isJsonObject(tensor) ? tensor : undefined;
}

/** Word for a JSON value in an error message. */
function kindOf(json: unknown): string {
  if (json === null) return 'null';
  return Array.isArray(json) ? 'a list' : json === undefined ? 'nothing' : `a ${typeof json}`;
}

/**
 * Names of weights that function bodies (`library`) and a hash-table initializer read. No node of
 * the main graph mentions them, so whoever drops dead weights must keep these.
 */
export function weightNamesInFunctions(graph: Graph, modelInitializer?: JsonObject): ReadonlySet<string> {
  const names = new Set<string>();
  const functions = graph.extras.library?.['function'];
  for (const body of Array.isArray(functions) ? (functions as readonly Json[]) : []) {
    if (isJsonObject(body)) addNames(body['nodeDef'] ?? body['node_def'], names);
  }
  addNames(modelInitializer?.['node'], names);
  return names;
}

function addNames(nodes: Json | undefined, names: Set<string>): void {
  for (const node of Array.isArray(nodes) ? (nodes as readonly Json[]) : []) {
    if (isJsonObject(node) && typeof node['name'] === 'string') names.add(node['name']);
  }
}
