import type * as tf from '@tensorflow/tfjs';
import { isIntegerOp, PACKED_KEY } from '@tfjs-optimize/runtime/format';
import { fail } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { isJsonObject } from '../graph/json-attr.js';
import { graphToJson, topologyFromJson, weightNamesInFunctions } from '../graph/json.js';
import { makeNode, nodeOf, type Node } from '../graph/node.js';
import { opRow } from '../graph/ops/table.js';
import type { Json, JsonObject } from '../json.js';
import { Model, type ModelExtras, type Source } from '../model.js';
import type { Note } from '../pass.js';
import type { Port, Signature } from '../signature.js';
import { Weights, type Weight } from '../weights.js';
import { specOf } from './manifest.js';
import { notFinite } from './not-finite.js';
import { pack, unpack, unpacked, withoutPacked } from './packed.js';
import { signatureFromJson, signatureToJson } from './signature.js';

/** Key of `userDefinedMetadata` under which facts are stored that know how to be JSON. */
export const FACTS_KEY = 'tfjsOptimizeFacts';

/** The parts of model.json beside its weights. */
export type ModelJson = Omit<tf.io.ModelArtifacts, 'weightSpecs' | 'weightData' | 'getWeightStream'>;

/** A model of a graph-model topology and weights that were read already. */
export function modelFromJson(json: ModelJson, stored: Weights, source: Partial<Source> = {}): Model {
  const topology = topologyFromJson(json.modelTopology, source.location);
  const subject = source.location ?? 'model';
  const { nodes, weights } = unpack(topology.nodes, stored, json.userDefinedMetadata, subject);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const asRead = signatureJson(json);
  const { signature, notes } = signatureFromJson(asRead, byName);
  const graph = new Graph(
    nodes,
    signature.inputs.map((port) => nodeOf(port.value)),
    signature.outputs.map((port) => port.value),
    topology.extras,
  );
  if (graph.outputs.length === 0) {
    fail('graph/output', {
      subject: 'model',
      expected: 'at least one output',
      got: `${graph.size} nodes and none`,
    });
  }
  checkConstants(graph, weights);
  return new Model({
    graph,
    weights,
    signature,
    stage: [...graph].some(({ op }) => isIntegerOp(op)) ? 'integer' : 'float',
    source: {
      kind: 'graph-model',
      ...source,
      ...(typeof json.generatedBy === 'string' ? { generatedBy: json.generatedBy } : {}),
      ...(typeof json.convertedBy === 'string' ? { convertedBy: json.convertedBy } : {}),
      notes: [
        ...(source.notes ?? []),
        ...notes,
        ...notesOnOps(graph),
        ...notesOnFacts(json),
        ...notesOnWeights(weights),
      ],
    },
    extras: extrasOf(json, asRead),
  });
}

/** TensorFlow.js looks in the metadata first. */
function signatureJson(json: ModelJson): JsonObject | undefined {
  const inMetadata = isJsonObject(json.userDefinedMetadata)
    ? json.userDefinedMetadata['signature']
    : undefined;
  const found = inMetadata ?? json.signature;
  return isJsonObject(found) ? found : undefined;
}

function extrasOf(json: ModelJson, signature: JsonObject | undefined): ModelExtras {
  const kept = ['userDefinedMetadata', 'modelInitializer', 'initializerSignature', 'trainingConfig'] as const;
  const extras = kept.flatMap((key): [string, JsonObject][] => {
    const value: unknown = json[key];
    if (!isJsonObject(value)) return [];
    const kept = key === 'userDefinedMetadata' ? withoutPacked(value) : value;
    return kept === undefined ? [] : [[key, kept]];
  });
  return {
    ...(Object.fromEntries(extras) as ModelExtras),
    ...(signature === undefined ? {} : { signature }),
  };
}

function checkConstants(graph: Graph, weights: Weights): void {
  for (const node of graph) {
    if (node.op === 'Const' && !weights.has(node.name)) {
      fail('io/manifest', {
        subject: `node '${node.name}' (Const)`,
        expected: 'its value among the weights',
        got: 'no weight of that name in the manifest',
      });
    }
  }
}

/** Names ops that are not in the op table; their nodes are kept and passed through. */
function notesOnOps(graph: Graph): Note[] {
  const nodes = new Map<string, string[]>();
  for (const { op, name } of graph) {
    if (opRow(op) === undefined) nodes.set(op, [...(nodes.get(op) ?? []), name]);
  }
  return Array.from(nodes, ([op, names]): Note => {
    const which = names.length === 1 ? `node '${names[0]}'` : `${names.length} nodes, such as '${names[0]}'`;
    return { level: 'info', kind: 'saw', subject: op, message: `op ${op} is unknown: ${which} kept as read` };
  });
}

/** A file holds the values of facts, not their behaviour: the caller gives that to `restoreFacts`. */
function notesOnFacts(json: ModelJson): Note[] {
  const metadata: unknown = json.userDefinedMetadata;
  const facts = isJsonObject(metadata) ? metadata[FACTS_KEY] : undefined;
  if (!isJsonObject(facts)) return [];
  return Object.keys(facts).map((name) => ({
    level: 'info',
    kind: 'saw',
    subject: name,
    message: `the fact '${name}' was saved with the model; restoreFacts(model, [fact]) establishes it again`,
  }));
}

/** Warnings about weights that hold NaN or infinity; they are kept as they are. */
export function notesOnWeights(weights: Weights): Note[] {
  return [...weights].flatMap(([name, weight]): Note[] => {
    const found = notFinite(weight);
    if (found === undefined) return [];
    const message = `weight '${name}' holds ${found}; it was kept as it is`;
    return [{ level: 'warning', kind: 'saw', subject: name, message }];
  });
}

/**
 * A model as artifacts of the graph-model format, for `tf.loadGraphModel(tf.io.fromMemory(...))` and
 * any `tf.io.IOHandler`. Weights keep their stored encoding where stock TensorFlow.js knows it, and are
 * decoded where it does not; those that no node, function or initializer names are left out. Memory of
 * weights is shared where whole buffers allow it: do not write to it.
 */
export function toArtifacts(model: Model): tf.io.ModelArtifacts {
  return artifactsOf(toJsonAndWeights(model, 'run'));
}

/** A model as artifacts that hold what files do: its weights as they are packed, whatever reads them. */
export function toPackedArtifacts(model: Model): tf.io.ModelArtifacts {
  return artifactsOf(toJsonAndWeights(model, 'file'));
}

function artifactsOf({ json, entries }: Written): tf.io.ModelArtifacts {
  return {
    ...json,
    weightSpecs: entries.map(([name, weight]) => specOf(name, weight)),
    weightData: joinBuffers(entries.map(([, weight]) => weight.bytes)),
  };
}

/** The JSON of model.json without its manifest, and the weights to be written, in order. */
export interface Written {
  readonly json: ModelJson;
  readonly entries: readonly (readonly [string, Weight])[];
}

/**
 * A model as the JSON of model.json and weights.
 * @param use `file`: packed as files are; `run`: as TensorFlow.js loads it with nothing of ours.
 */
export function toJsonAndWeights(model: Model, use: 'file' | 'run'): Written {
  const { graph: separated, signature } = separateOutputs(model.graph, model.signature);
  const { extras, source } = model;
  const elsewhere = weightNamesInFunctions(separated, extras.modelInitializer);
  const needed = [...model.weights].filter(([name]) => separated.has(name) || elsewhere.has(name));
  const packed = use === 'file' ? pack(separated, needed) : undefined;
  const { graph, entries } = packed ?? { graph: separated, entries: unpacked(separated, needed) };
  const written = signatureToJson(signature, extras.signature, graph.nodes);
  const metadata = metadataToJson(model, written, packed?.metadata);
  const json: ModelJson = {
    format: 'graph-model',
    generatedBy: source.generatedBy ?? 'tfjs-optimize',
    convertedBy: source.convertedBy ?? 'tfjs-optimize',
    ...(metadata === undefined ? {} : { userDefinedMetadata: metadata as { [key: string]: object } }),
    ...(metadata?.['signature'] === undefined ? { signature: written } : {}),
    ...(extras.modelInitializer === undefined ? {} : { modelInitializer: extras.modelInitializer }),
    ...(extras.initializerSignature === undefined
      ? {}
      : { initializerSignature: extras.initializerSignature }),
    modelTopology: graphToJson(graph, new Weights(entries), packed?.metadata !== undefined),
  };
  return { json, entries };
}

function metadataToJson(
  model: Model,
  signature: JsonObject,
  packed: JsonObject | undefined,
): JsonObject | undefined {
  const { [FACTS_KEY]: _, ...old } = model.extras.userDefinedMetadata ?? {};
  const facts: Record<string, Json> = {};
  for (const { fact, value } of model.facts) {
    if (fact.toJson !== undefined) facts[fact.name] = fact.toJson(value);
  }
  const metadata = {
    ...old,
    ...(isJsonObject(old['signature']) ? { signature } : {}),
    ...(Object.keys(facts).length === 0 ? {} : { [FACTS_KEY]: facts }),
    ...(packed === undefined ? {} : { [PACKED_KEY]: packed }),
  };
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

/**
 * TensorFlow.js keeps one signature key per node: two outputs of one node, one value under two keys,
 * or an input handed out as an output would answer to the wrong key. Such outputs get an Identity of
 * their own.
 */
function separateOutputs(graph: Graph, signature: Signature): { graph: Graph; signature: Signature } {
  const taken = new Set(signature.inputs.map((port) => nodeOf(port.value)));
  const added: Node[] = [];
  const outputs = signature.outputs.map((port): Port => {
    const owner = nodeOf(port.value);
    if (!taken.has(owner)) {
      taken.add(owner);
      return port;
    }
    const name = freshName(graph, `${owner}/output_${added.length + 1}`);
    added.push(makeNode({ name, op: 'Identity', inputs: [port.value] }));
    return { ...port, value: name };
  });
  if (added.length === 0) return { graph, signature };
  const values = outputs.map((port) => port.value);
  return {
    graph: new Graph([...graph, ...added], graph.inputs, values, graph.extras),
    signature: { inputs: signature.inputs, outputs },
  };
}

function freshName(graph: Graph, wanted: string): string {
  let name = wanted;
  for (let i = 1; graph.has(name); i++) name = `${wanted}_${i}`;
  return name;
}

/** Above this many bytes weights are handed over as a list of buffers rather than copied into one. */
const ONE_BUFFER = 64 * 1024 * 1024;

/** Bytes one after the other, as TensorFlow.js takes them: in one buffer or, when large, in several. */
export function joinBuffers(parts: readonly Uint8Array[]): tf.io.WeightData {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  if (total <= ONE_BUFFER) {
    const joined = new Uint8Array(total);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.byteLength;
    }
    return joined.buffer;
  }
  const buffers = neighbours(parts).map(wholeBuffer);
  const first = buffers[0]?.byteLength ?? 0;
  // TensorFlow.js 4.22 takes all buffers for equally long if all but the last are, and reads zeros
  // when the last is longer. An empty one at the end keeps it from that.
  if ((buffers.at(-1)?.byteLength ?? 0) > first) buffers.push(new ArrayBuffer(0));
  return buffers;
}

/** Joins views that follow each other in one buffer, as those on an untouched shard do. */
function neighbours(parts: readonly Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (const part of parts) {
    if (part.byteLength === 0) continue;
    const last = out.at(-1);
    if (
      last !== undefined &&
      last.buffer === part.buffer &&
      last.byteOffset + last.byteLength === part.byteOffset
    ) {
      out[out.length - 1] = new Uint8Array(part.buffer, last.byteOffset, last.byteLength + part.byteLength);
    } else {
      out.push(part);
    }
  }
  return out;
}

function wholeBuffer(part: Uint8Array): ArrayBuffer {
  if (part.buffer instanceof ArrayBuffer && part.byteLength === part.buffer.byteLength) return part.buffer;
  return part.slice().buffer;
}
