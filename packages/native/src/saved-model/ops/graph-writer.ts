import { fail, nodeOf, valueId, type Attr, type Shape, type ValueId } from '@tfjs-optimize/core';
import { commonType, heldType, type TfType } from '../types.js';
import type { Tensor } from '../tensor.js';
import { NodeNames } from './node-names.js';
import { opDef, type ArgDef, type AttrDef, type OpDef } from './op-def.js';

/** A value of an attribute as it is written: one of core's, a type, types, or a tensor. */
export type TfAttr =
  | Exclude<Attr, { readonly kind: 'type' | 'types' }>
  | { readonly kind: 'type'; readonly value: TfType }
  | { readonly kind: 'types'; readonly value: readonly TfType[] }
  | { readonly kind: 'tensor'; readonly value: Tensor };

export type TfAttrs = Readonly<Record<string, TfAttr>>;

/** A node of the graph that TensorFlow will read: all its attributes given, its inputs of the types that it takes. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly controls: readonly string[];
  readonly attrs: TfAttrs;
  /** The node of the model that it was written for; undefined for casts and what restores variables. */
  readonly origin?: string | undefined;
}

/** What is asked of {@link GraphWriter.add}. */
export interface NodeRequest {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly controls?: readonly string[] | undefined;
  /** Attributes; types that follow from the inputs may be left out. */
  readonly attrs?: TfAttrs | undefined;
  /** What the node comes from, for messages. */
  readonly subject: string;
  /** The node of the model that it is written for. */
  readonly origin?: string | undefined;
}

/**
 * Builds a graph of TensorFlow's. TensorFlow.js knows five types and converts as it goes; TensorFlow wants each
 * input to be of the very type that the op takes. So the values between nodes are always of a type that TensorFlow.js
 * has, types of nodes follow from their inputs, and where an op takes or makes another one a Cast stands there.
 */
export class GraphWriter {
  readonly nodes: TfNode[] = [];
  private readonly types = new Map<ValueId, TfType>();
  readonly names = new NodeNames();

  /** The type of a value; undefined for one that comes round a loop and is not written yet. */
  typeOf(value: ValueId): TfType | undefined {
    return this.types.get(value);
  }

  /** A node that is written already. */
  node(name: string): TfNode | undefined {
    return this.nodes.find((each) => each.name === name);
  }

  /** Writes a node and returns its outputs, each of a type that TensorFlow.js has. */
  add(request: NodeRequest): readonly ValueId[] {
    const def = defOf(request);
    const args = splitInputs(def, request);
    const typed = this.typesOf(def, args, request);
    const counted = countsOf(args, request.attrs ?? {});
    const attrs = { ...request.attrs, ...typed, ...counted };
    const wanted = args.flatMap(({ arg, values }) => values.map((_, i) => argType(arg, i, attrs)));
    const inputs = request.inputs.map((value, i) => this.cast(value, wanted[i], request));
    this.nodes.push({
      name: request.name,
      op: def.name,
      inputs,
      controls: request.controls ?? [],
      attrs: attrsOf(def, attrs, request),
      origin: request.origin,
    });
    return outputTypes(def, attrs, request).map((type, i) => this.output(request, i, type));
  }

  /** A value that is given from outside, without a node: an input of a function. */
  given(name: string, type: TfType): ValueId {
    this.types.set(name, type);
    return name;
  }

  /** A constant. */
  constant(name: string, tensor: Tensor, controls: readonly string[] = []): ValueId {
    const attrs: TfAttrs = {
      value: { kind: 'tensor', value: tensor },
      dtype: { kind: 'type', value: tensor.type },
    };
    this.nodes.push({ name, op: 'Const', inputs: [], controls, attrs });
    this.types.set(name, tensor.type);
    return name;
  }

  /** A value as one of a type; itself where it is of that type. */
  cast(value: ValueId, type: TfType | undefined, request: Pick<NodeRequest, 'subject'>): ValueId {
    const from = this.types.get(value);
    if (type === undefined || from === undefined || from === type) return value;
    if (commonType([from, type]) === undefined) {
      fail('native/type', {
        subject: request.subject,
        expected: `a value of type ${type}`,
        got: `${from} ('${value}')`,
      });
    }
    const name = this.names.fresh(`${nodeOf(value)}/to_${type}`);
    this.nodes.push({
      name,
      op: 'Cast',
      inputs: [value],
      controls: [],
      attrs: { SrcT: { kind: 'type', value: from }, DstT: { kind: 'type', value: type } },
    });
    this.types.set(name, type);
    return name;
  }

  private output(request: NodeRequest, index: number, type: TfType): ValueId {
    const value = valueId(request.name, index);
    this.types.set(value, type);
    return type === 'int64' ? this.cast(value, 'int32', request) : value;
  }

  /** The type attributes of a node: as given, else what its inputs are, else the narrowest that holds them all. */
  private typesOf(def: OpDef, args: readonly Assigned[], request: NodeRequest): TfAttrs {
    const found: Record<string, TfAttr> = {};
    for (const attr of def.attrs) {
      const given = request.attrs?.[attr.name];
      const values = args.filter(({ arg }) => arg.attr === attr.name).flatMap(({ values }) => values);
      const types = values.flatMap((value) => this.types.get(value) ?? []);
      if (
        attr.kind === 'types' &&
        given === undefined &&
        types.length === values.length &&
        types.length > 0
      ) {
        found[attr.name] = { kind: 'types', value: types };
      }
      if (attr.kind !== 'type') continue;
      const type =
        given?.kind === 'type' ? given.value : (commonType(types, attr.allowed) ?? freeType(attr, types));
      if (type !== undefined) found[attr.name] = { kind: 'type', value: type };
      else if (types.length > 0) {
        fail('native/type', {
          subject: request.subject,
          expected: `inputs of a type that ${def.name} takes${attr.allowed === undefined ? '' : ` (${attr.allowed.join(', ')})`}`,
          got: types.join(', '),
        });
      }
    }
    return found;
  }
}

/** An input of the definition and the values that go there. */
interface Assigned {
  readonly arg: ArgDef;
  readonly values: readonly ValueId[];
}

function defOf({ op, subject }: NodeRequest): OpDef {
  return (
    opDef(op) ??
    fail('native/op', {
      subject,
      expected: 'an op of TensorFlow that this package writes',
      got: op,
      advice: 'Remove the node, or express it by ops that docs/native.md lists',
    })
  );
}

/** At most one input of an op stands for a number of values that its attributes do not tell. */
function splitInputs(def: OpDef, request: NodeRequest): Assigned[] {
  const { inputs } = request;
  const isOpen = (arg: ArgDef): boolean => arg.isList || arg.count !== undefined;
  const open = def.inputs.filter(isOpen).length;
  const rest = inputs.length - (def.inputs.length - open);
  let at = 0;
  const split = def.inputs.map((arg): Assigned => {
    const count = isOpen(arg) ? Math.max(0, rest) : 1;
    const values = inputs.slice(at, at + count);
    at += count;
    return { arg, values };
  });
  if (open > 1 || at !== inputs.length) {
    fail('native/op', {
      subject: request.subject,
      expected: `${def.name} with ${open === 0 ? def.inputs.length : `at least ${def.inputs.length - open}`} inputs`,
      got: `${inputs.length}`,
    });
  }
  return split;
}

function countsOf(args: readonly Assigned[], given: TfAttrs): TfAttrs {
  return Object.fromEntries(
    args.flatMap(({ arg: { count }, values }): [string, TfAttr][] =>
      count === undefined || given[count] !== undefined
        ? []
        : [[count, { kind: 'int', value: values.length }]],
    ),
  );
}

/** A type that no input tells: indexes are int32 as in TensorFlow.js, all else what TensorFlow takes by default. */
function freeType(attr: AttrDef, types: readonly TfType[]): TfType | undefined {
  if (types.length > 0) return undefined;
  if (attr.byDefault === 'int64' && attr.allowed?.includes('int32') === true) return 'int32';
  return attr.byDefault as TfType | undefined;
}

function argType(arg: ArgDef, index: number, attrs: TfAttrs): TfType | undefined {
  if (arg.fixed !== undefined) return arg.fixed;
  const attr = attrs[arg.attr as string];
  if (attr?.kind === 'types') return attr.value[index];
  return attr?.kind === 'type' ? attr.value : undefined;
}

function outputTypes(def: OpDef, attrs: TfAttrs, request: NodeRequest): TfType[] {
  return def.outputs.flatMap((arg) => {
    const attr = attrs[arg.attr ?? ''];
    if (arg.isList) return attr?.kind === 'types' ? attr.value : [];
    const type = argType(arg, 0, attrs) ?? missing(def, arg.attr ?? '', request);
    if (arg.count === undefined) return [type];
    const count = attrs[arg.count];
    return new Array<TfType>(count?.kind === 'int' ? count.value : 0).fill(type);
  });
}

/** Attributes as they are written: those that the op has, of the kind that it has them, defaults left out. */
function attrsOf(def: OpDef, given: TfAttrs, request: NodeRequest): TfAttrs {
  const written: Record<string, TfAttr> = {};
  for (const attr of def.attrs) {
    const found = given[attr.name];
    if (found === undefined) {
      if (attr.byDefault === undefined) missing(def, attr.name, request);
      continue;
    }
    const value = ofKind(found, attr, request);
    if (!isDefault(value, attr)) written[attr.name] = value;
  }
  return written;
}

function missing(def: OpDef, name: string, request: NodeRequest): never {
  return fail('graph/attribute', {
    subject: request.subject,
    expected: `the attribute '${name}' that ${def.name} needs`,
    got: 'none of that name',
  });
}

/** Kinds of core that may stand for one of TensorFlow's: empty lists do not tell of what they are. */
function ofKind(found: TfAttr, attr: AttrDef, request: NodeRequest): TfAttr {
  if (found.kind === attr.kind || found.kind === 'raw') return found;
  if (attr.kind === 'float' && found.kind === 'int') return { kind: 'float', value: found.value };
  const isEmpty = Array.isArray(found.value) && found.value.length === 0;
  if (isEmpty && attr.kind.endsWith('s')) return { kind: attr.kind as 'ints', value: [] };
  return fail('graph/attribute', {
    subject: request.subject,
    expected: `the attribute '${attr.name}' of kind ${attr.kind}`,
    got: found.kind,
  });
}

function isDefault({ kind, value }: TfAttr, { byDefault }: AttrDef): boolean {
  if (byDefault === undefined || kind === 'tensor' || kind === 'raw') return false;
  if (kind === 'float') return Math.fround(value) === Math.fround(byDefault as number);
  return JSON.stringify(value) === JSON.stringify(byDefault);
}

/** An attribute of the model as it is written: types are those in which TensorFlow.js holds values. */
export function toTfAttr(attr: Attr, name: string, subject: string): TfAttr {
  if (attr.kind === 'type') return { kind: 'type', value: needHeld(attr.value, name, subject) };
  if (attr.kind === 'types') {
    return { kind: 'types', value: attr.value.map((type) => needHeld(type, name, subject)) };
  }
  return attr;
}

function needHeld(type: string, name: string, subject: string): TfType {
  return (
    heldType(type) ??
    fail('native/type', {
      subject: `${subject}, attribute '${name}'`,
      expected: 'a type that TensorFlow.js has',
      got: type,
    })
  );
}

/** Short constructors of attributes. */
export const tfAttr = {
  type: (value: TfType): TfAttr => ({ kind: 'type', value }),
  shape: (value: Shape | undefined): TfAttr => ({ kind: 'shape', value: value ?? null }),
} as const;
