import { fail } from '../errors.js';
import { isJsonObject, shapeFromJson, shapeToJson, typeFromJson } from '../graph/json-attr.js';
import {
  splitValue,
  valueId,
  DTYPE_TO_TF,
  dtypeOfTf,
  type Node,
  type Shape,
  type ValueId,
} from '../graph/node.js';
import type { Json, JsonObject } from '../json.js';
import type { Note } from '../pass.js';
import type { Port, Signature } from '../signature.js';
import type { DType } from '../weights.js';

type Nodes = ReadonlyMap<string, Node>;

/** A signature with what was noticed while reading it. */
export interface ReadSignature {
  readonly signature: Signature;
  readonly notes: readonly Note[];
}

/**
 * Reads a signature (`{inputs: {key: {name, dtype, tensorShape}}, outputs}`); ports stand in key
 * order. Without one, as in TensorFlow.js, placeholders are inputs and nodes that nobody reads are
 * outputs (constants and placeholders excepted). Inputs with a `resourceId` are fed from the
 * hash-table initializer and are no inputs of the model.
 */
export function signatureFromJson(json: unknown, nodes: Nodes): ReadSignature {
  const notes: Note[] = [];
  const declared = isJsonObject(json) ? json : {};
  const inputs = portsFromJson(declared['inputs'], nodes, 'input', notes);
  const outputs = portsFromJson(declared['outputs'], nodes, 'output', notes);
  const hasInputs = isJsonObject(declared['inputs']) && Object.keys(declared['inputs']).length > 0;
  return {
    signature: {
      inputs: hasInputs ? inputs : placeholders(nodes),
      outputs: outputs.length > 0 ? outputs : unreadNodes(nodes),
    },
    notes,
  };
}

/** Writes a signature; what the file said of an unchanged port is said again word for word. */
export function signatureToJson(
  signature: Signature,
  asRead: JsonObject | undefined,
  nodes: Nodes,
): JsonObject {
  return {
    ...asRead,
    inputs: portsToJson(signature.inputs, asRead?.['inputs'], nodes),
    outputs: portsToJson(signature.outputs, asRead?.['outputs'], nodes),
  };
}

function portsFromJson(
  json: Json | undefined,
  nodes: Nodes,
  side: 'input' | 'output',
  notes: Note[],
): Port[] {
  if (json === undefined || json === null) return [];
  if (!isJsonObject(json)) {
    fail('io/format', { subject: `signature.${side}s`, expected: 'an object', got: typeof json });
  }
  const ports: Port[] = [];
  for (const [key, info] of Object.entries(json)) {
    const subject = `${side} '${key}' of the signature`;
    if (!isJsonObject(info) || typeof info['name'] !== 'string') {
      fail('io/format', {
        subject,
        expected: 'an object with the name of a node',
        got: JSON.stringify(info),
      });
    }
    if (hasResource(info)) continue;
    const value = valueFromName(info['name'], subject);
    const node = nodes.get(splitValue(value)[0]);
    if (node === undefined && side === 'input') {
      // Converters drop placeholders that nothing reads, but not their ports; TensorFlow.js shrugs, too.
      const message = `the signature names '${value}', which is no node of the graph; the input was dropped`;
      notes.push({ level: 'warning', kind: 'saw', subject: key, message });
      continue;
    }
    if (node === undefined) {
      fail('graph/output', { subject, expected: 'a node of the graph', got: `'${value}'` });
    }
    ports.push({ key, value, dtype: portType(info, node, subject), shape: portShape(info, subject) });
  }
  return ports;
}

function hasResource(info: JsonObject): boolean {
  return (info['resourceId'] ?? info['resource_id'] ?? null) !== null;
}

function valueFromName(name: string, subject: string): ValueId {
  const match = /^([^:^]+)(?::(\d{1,9}))?$/.exec(name);
  if (match === null) fail('io/format', { subject, expected: "a value such as 'node:0'", got: `'${name}'` });
  return valueId(match[1] as string, Number(match[2] ?? 0));
}

function portType(info: JsonObject, node: Node, subject: string): DType {
  const name = typeFromJson(info['dtype']);
  if (name === undefined || name === 'DT_INVALID') return nodeType(node);
  return (
    dtypeOfTf(name) ?? fail('io/format', { subject, expected: 'a type that TensorFlow.js has', got: name })
  );
}

/** Attributes that tell the type of a node's first output, the most telling first. */
const TYPE_ATTRS = ['dtype', 'DstT', 'out_type', 'output_type', 'Tout', 'T'];

function nodeType(node: Node): DType {
  for (const name of TYPE_ATTRS) {
    const attr = Object.hasOwn(node.attrs, name) ? node.attrs[name] : undefined;
    const dtype = attr?.kind === 'type' ? dtypeOfTf(attr.value) : undefined;
    if (dtype !== undefined) return dtype;
  }
  return 'float32';
}

function portShape(info: JsonObject, subject: string): Shape | undefined {
  const json = info['tensorShape'] ?? info['tensor_shape'];
  if (json === undefined || json === null) return undefined;
  const shape = shapeFromJson(json);
  if (shape === undefined) {
    fail('io/format', {
      subject,
      expected: 'a shape of sizes from -1 up',
      got: JSON.stringify(json).slice(0, 80),
    });
  }
  return shape ?? undefined;
}

function placeholders(nodes: Nodes): Port[] {
  const ports: Port[] = [];
  for (const node of nodes.values()) {
    if (!node.op.startsWith('Placeholder')) continue;
    const shape = Object.hasOwn(node.attrs, 'shape') ? node.attrs['shape'] : undefined;
    const known = shape?.kind === 'shape' ? (shape.value ?? undefined) : undefined;
    ports.push({ key: node.name, value: node.name, dtype: nodeType(node), shape: known });
  }
  return ports;
}

function unreadNodes(nodes: Nodes): Port[] {
  const read = new Set<string>();
  for (const node of nodes.values()) {
    for (const input of node.inputs) read.add(splitValue(input)[0]);
    for (const control of node.controls) read.add(control);
  }
  return [...nodes.values()]
    .filter(
      ({ name, op }) => !read.has(name) && op !== 'Const' && op !== 'NoOp' && !op.startsWith('Placeholder'),
    )
    .map((node) => ({ key: node.name, value: node.name, dtype: nodeType(node), shape: undefined }));
}

function portsToJson(ports: readonly Port[], asRead: Json | undefined, nodes: Nodes): JsonObject {
  const old = isJsonObject(asRead) ? asRead : {};
  const entries = new Map<string, Json>();
  for (const port of ports) {
    const info = Object.hasOwn(old, port.key) ? old[port.key] : undefined;
    entries.set(port.key, isJsonObject(info) && saysTheSame(info, port) ? info : portToJson(port));
  }
  for (const [key, info] of Object.entries(old)) {
    const fed = isJsonObject(info) && hasResource(info) ? info['name'] : undefined;
    if (typeof fed === 'string' && nodes.has(fed.replace(/:.*$/s, ''))) {
      entries.set(key, info);
    }
  }
  // Names of inputs are their keys, and keys keep the order in which the file had them.
  const inOldOrder = Object.keys(old).filter((key) => entries.has(key));
  const sameOrder = inOldOrder.filter((key) => ports.some((p) => p.key === key)).join('\n');
  const keys = sameOrder === ports.map((port) => port.key).join('\n') ? inOldOrder : [...entries.keys()];
  return Object.fromEntries(keys.map((key) => [key, entries.get(key) as Json]));
}

function saysTheSame(info: JsonObject, port: Port): boolean {
  const name = typeFromJson(info['dtype']);
  const shape = shapeFromJson(info['tensorShape'] ?? info['tensor_shape']) ?? undefined;
  return (
    typeof info['name'] === 'string' &&
    valueFromName(info['name'], port.key) === port.value &&
    (name === undefined || dtypeOfTf(name) === port.dtype) &&
    shape?.join() === port.shape?.join()
  );
}

function portToJson(port: Port): JsonObject {
  const [node, index] = splitValue(port.value);
  return {
    name: `${node}:${index}`,
    dtype: DTYPE_TO_TF[port.dtype],
    tensorShape: shapeToJson(port.shape ?? null),
  };
}
