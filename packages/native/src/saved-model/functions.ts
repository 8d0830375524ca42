import {
  fail,
  graphFromJson,
  valueId,
  type Graph,
  type Json,
  type JsonObject,
  type ValueId,
  type Weights,
} from '@tfjs-optimize/core';
import type { StoredWeights } from '../precision/stored-weights.js';
import { flatIndex, refOf } from './function-refs.js';
import { functionName, nodeDef, type Fields } from './node-def.js';
import { writeNodes } from './nodes.js';
import { GraphWriter, type TfNode } from './ops/graph-writer.js';
import { heldType, TYPE_NUMBERS, type TfType } from './types.js';

/** An input or output of a function. */
interface Arg {
  readonly name: string;
  readonly type: TfType;
}

/** A function of the file's library (`function.proto`, as JSON): the body of a loop or branch. */
interface Body {
  readonly name: string;
  readonly inputs: readonly Arg[];
  readonly outputs: readonly Arg[];
  /** Its nodes, inputs as placeholders, outputs in the order of the signature. */
  readonly graph: Graph;
}

/**
 * The functions that nodes name, and those that these name, as FunctionDefs. Their nodes are written as those of the
 * graph are: constants get their values, ops that TensorFlow does not have are taken apart.
 */
export function writeFunctions(
  nodes: readonly TfNode[],
  library: JsonObject | undefined,
  weights: Weights,
  stored: StoredWeights,
): readonly Fields[] {
  const byName = new Map(listOf(library?.['function']).map((json) => [nameOf(json), json]));
  const done = new Map<string, Fields>();
  const pending = namesIn(nodes);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (done.has(name)) continue;
    const json = byName.get(name) ?? refuse(name, 'to be in the library of the model', 'none of that name');
    const { fields, nodes: inner } = writeBody(readBody(json), weights, stored);
    done.set(name, fields);
    pending.push(...namesIn(inner));
  }
  return [...done.values()];
}

function namesIn(nodes: readonly TfNode[]): string[] {
  return nodes.flatMap(({ attrs }) =>
    Object.values(attrs).flatMap((attr) => (attr.kind === 'raw' ? (functionName(attr.value) ?? []) : [])),
  );
}

function writeBody(
  body: Body,
  weights: Weights,
  stored: StoredWeights,
): { fields: Fields; nodes: readonly TfNode[] } {
  const writer = new GraphWriter();
  const { valueOf } = writeNodes(body.graph, weights, writer, {
    input: (node, name) => {
      const arg = body.inputs.find((each) => each.name === node.name);
      return writer.given(name, arg?.type ?? 'float');
    },
    variable: () => undefined,
    constant: (node, name, controls) => stored.constant(node.name, name, controls, writer),
  });
  const subject = `function '${body.name}'`;
  const results = body.outputs.map(({ type }, at) =>
    writer.cast(valueOf(body.graph.outputs[at] as ValueId), type, { subject }),
  );
  const args = new Set(body.inputs.map(({ name }) => valueOf(name)));
  const byName = new Map(writer.nodes.map((node) => [node.name, node]));
  const ref = (value: ValueId): string => (args.has(value) ? value : refOf(value, byName));
  return {
    nodes: writer.nodes,
    fields: {
      signature: {
        name: body.name,
        inputArg: body.inputs.map(({ name, type }) => ({ name: valueOf(name), type: TYPE_NUMBERS[type] })),
        outputArg: body.outputs.map(({ name, type }) => ({ name, type: TYPE_NUMBERS[type] })),
      },
      nodeDef: writer.nodes.map((node) => nodeDef({ ...node, inputs: node.inputs.map(ref) })),
      ret: Object.fromEntries(body.outputs.map(({ name }, at) => [name, ref(results[at] as ValueId)])),
    },
  };
}

function readBody(json: JsonObject): Body {
  const name = nameOf(json);
  const signature = objectOf(json['signature']);
  const inputs = argsOf(signature['inputArg'] ?? signature['input_arg'], name);
  const outputs = argsOf(signature['outputArg'] ?? signature['output_arg'], name);
  const nodes = listOf(json['nodeDef'] ?? json['node_def']);
  const byName = new Map(nodes.map((node) => [String(node['name']), node]));
  const flat = (ref: Json | undefined): string => {
    const [node = '', output = '', index = '0'] = String(ref).split(':');
    const from = byName.get(node);
    return from === undefined || output === '' ? node : valueId(node, flatIndex(from, output, Number(index)));
  };
  const read = nodes.map((node): JsonObject => ({
    ...node,
    input: ((node['input'] ?? []) as readonly Json[]).map((ref) =>
      typeof ref === 'string' && ref.startsWith('^') ? ref : flat(ref),
    ),
  }));
  const placeholders = inputs.map((arg) => ({ name: arg.name, op: 'Placeholder' }));
  const ret = objectOf(json['ret']);
  const results = outputs.map((arg) => flat(ret[arg.name]));
  const graph = graphFromJson(
    { node: [...placeholders, ...read] },
    inputs.map((arg) => arg.name),
    results,
  );
  return { name, inputs, outputs, graph };
}

function argsOf(json: Json | undefined, owner: string): readonly Arg[] {
  return listOf(json).map((arg) => {
    const { name, type } = arg;
    const held = typeof type === 'string' ? heldType(type) : undefined;
    if (typeof name === 'string' && held !== undefined) return { name, type: held };
    return refuse(owner, 'inputs and outputs with a name and a type', JSON.stringify(arg));
  });
}

function refuse(name: string, expected: string, got: string): never {
  return fail('graph/op', { subject: `function '${name}'`, expected, got });
}

function nameOf(json: JsonObject): string {
  return String(objectOf(json['signature'])['name']);
}

function listOf(json: Json | undefined): readonly JsonObject[] {
  return Array.isArray(json) ? (json as readonly JsonObject[]) : [];
}

function objectOf(json: Json | undefined): JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {};
}
