import { fail, type ErrorCode } from '../errors.js';
import type { Violation } from '../facts.js';
import { bytesPerElement, stringsByteLength } from '../io/encoding.js';
import type { Model } from '../model.js';
import type { Note } from '../pass.js';
import type { Weight } from '../weights.js';
import { inferShapes } from './infer.js';
import { weightNamesInFunctions } from './json.js';
import { splitValue, type Attr, type Node, type ValueId } from './node.js';
import type { AttrSpec, InputSpec } from './ops/row.js';
import { opRow, outputCount } from './ops/table.js';
import { shapeText } from '../text/shape.js';

/** One thing that is wrong with a graph, with the code of the error it would be. */
export interface GraphViolation extends Violation {
  readonly code: ErrorCode;
}

/** Options of {@link verifyGraph}. */
export interface VerifyOptions {
  /** Refuses ops that are not in the op table; by default they are kept and named in the notes. */
  readonly strict?: boolean;
  /** Also follows the shapes through the graph and reports inputs that do not fit each other. */
  readonly shapes?: boolean;
}

/** What {@link verifyGraph} found; `violations` is empty for a sound model. */
export interface Verification {
  readonly violations: readonly GraphViolation[];
  readonly notes: readonly Note[];
}

/**
 * Checks all that a graph says about itself beyond what {@link Graph} guarantees (unique names,
 * inputs that exist, no cycles): numbers of inputs, attributes and their kinds, outputs that their
 * node has, constants with sound weights, and a signature that fits.
 */
export function verifyGraph(model: Model, options: VerifyOptions = {}): Verification {
  const violations: GraphViolation[] = [];
  const notes: Note[] = [];
  const found: Found = {
    violation: (code, subject, message) => violations.push({ code, subject, message }),
    saw: (subject, message) => notes.push({ level: 'info', kind: 'saw', subject, message }),
  };
  for (const node of model.graph) verifyNode(node, model, options, found);
  verifySignature(model, found);
  verifyWeights(model, found);
  if (options.shapes === true) {
    for (const { subject, message } of inferShapes(model.graph, model.weights).contradictions) {
      found.violation('graph/shape', subject, message);
    }
  }
  return { violations, notes };
}

/** Throws the first violation as an error, with the number of others. */
export function requireValid(model: Model, options: VerifyOptions = {}): void {
  const { violations } = verifyGraph(model, options);
  const [first] = violations;
  if (first === undefined) return;
  const others = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  fail(first.code, { subject: first.subject, expected: 'a sound graph', got: `${first.message}${others}` });
}

interface Found {
  violation(code: ErrorCode, subject: string, message: string): void;
  saw(subject: string, message: string): void;
}

/** Names that are members of JavaScript objects, which TensorFlow.js keeps nodes in. */
const UNSAFE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

function verifyNode(node: Node, model: Model, options: VerifyOptions, found: Found): void {
  if (UNSAFE_NAMES.has(node.name)) {
    found.violation('io/unsafe', node.name, 'a node name that is a member of JavaScript objects');
  }
  for (const value of node.inputs) verifyReference(value, `input of '${node.name}'`, model, found);
  const row = opRow(node.op);
  if (row === undefined) {
    const message = `unknown op ${node.op}`;
    if (options.strict === true) found.violation('graph/op', node.name, message);
    else found.saw(node.name, `${message}: kept as it is`);
    return;
  }
  verifyArity(node, row.inputs, found);
  for (const [name, spec] of Object.entries<AttrSpec>(row.attrs)) verifyAttr(node, name, spec, found);
}

/** The output that a value names must be one that its node has. */
function verifyReference(value: ValueId, what: string, model: Model, found: Found): void {
  const [name, index] = splitValue(value);
  const producer = model.graph.get(name);
  const count = producer === undefined ? undefined : outputCount(producer);
  if (!Number.isInteger(index) || index < 0 || (count !== undefined && index >= count)) {
    found.violation(
      'graph/dangling',
      value,
      `${what} is output ${index} of ${producer?.op}, which has ${count}`,
    );
  }
}

function verifyArity(node: Node, specs: readonly InputSpec[], found: Found): void {
  const least = specs.filter((spec) => spec.optional !== true && spec.variadic !== true).length;
  const most = specs.some((spec) => spec.variadic === true) ? Number.POSITIVE_INFINITY : specs.length;
  const count = node.inputs.length;
  if (count >= least && count <= most) return;
  const range = most === least ? String(least) : `${least} to ${most}`;
  found.violation('graph/dangling', node.name, `${node.op} has ${count} inputs instead of ${range}`);
}

function verifyAttr(node: Node, name: string, spec: AttrSpec, found: Found): void {
  const attr = Object.hasOwn(node.attrs, name) ? node.attrs[name] : undefined;
  if (attr === undefined) {
    if (spec.need === 'required') found.violation('graph/attribute', node.name, `${node.op} lacks '${name}'`);
  } else if (spec.ignored !== true && !fitsKind(attr, spec)) {
    found.violation(
      'graph/attribute',
      node.name,
      `'${name}' of ${node.op} is ${attr.kind} instead of ${spec.kind}`,
    );
  }
}

/** An integer is a number, and an empty list does not say of what. */
function fitsKind(attr: Attr, spec: AttrSpec): boolean {
  if (attr.kind === spec.kind || spec.kind === 'raw') return true;
  if (spec.kind === 'float') return attr.kind === 'int';
  return spec.kind.endsWith('s') && Array.isArray(attr.value) && attr.value.length === 0;
}

function verifySignature(model: Model, found: Found): void {
  const { graph, signature } = model;
  for (const port of signature.inputs) {
    const node = graph.get(port.value);
    if (node === undefined)
      found.violation('graph/output', port.value, `input '${port.key}' is not in the graph`);
    else if (!graph.inputs.includes(port.value)) {
      found.violation('graph/output', port.value, `input '${port.key}' is not among the graph's inputs`);
    }
  }
  for (const value of graph.outputs) verifyReference(value, 'an output of the graph', model, found);
  for (const port of signature.outputs) {
    if (!graph.outputs.includes(port.value)) {
      found.violation('graph/output', port.value, `output '${port.key}' is not among the graph's outputs`);
    }
  }
  if (graph.outputs.length === 0) found.violation('graph/output', 'graph', 'no outputs');
}

function verifyWeights(model: Model, found: Found): void {
  const { graph, weights } = model;
  const inFunctions = weightNamesInFunctions(graph, model.extras.modelInitializer);
  for (const node of graph) {
    if (node.op !== 'Const') continue;
    if (!weights.has(node.name)) found.violation('graph/weight', node.name, 'a Const without a weight');
  }
  for (const [name, weight] of weights) {
    const wrong = wrongWeight(weight);
    if (wrong !== undefined) found.violation('graph/weight', name, wrong);
    const op = graph.get(name)?.op;
    if (op !== undefined && op !== 'Const') {
      found.violation('graph/weight', name, `a weight of the name of a ${op}`);
    } else if (op === undefined && !inFunctions.has(name)) found.saw(name, 'a weight that no node reads');
  }
}

/** What is wrong between the bytes of a weight and its type and shape. */
function wrongWeight(weight: Weight): string | undefined {
  if (weight.shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    return `a shape of ${shapeText(weight.shape)}`;
  }
  const perElement = bytesPerElement(weight.dtype, weight.encoding);
  const wanted =
    perElement === undefined ? stringsByteLength(weight.bytes, weight.size) : perElement * weight.size;
  if (wanted === weight.bytes.byteLength) return undefined;
  return `${weight.bytes.byteLength} bytes for ${weight.dtype}${shapeText(weight.shape)}`;
}
