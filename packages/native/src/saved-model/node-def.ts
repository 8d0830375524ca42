import { fail, type Json, type Shape } from '@tfjs-optimize/core';
import type { TfAttr, TfNode } from './ops/graph-writer.js';
import type { Tensor } from './tensor.js';
import { TYPE_NUMBERS } from './types.js';

/** A message as plain fields, for `encodeMessage`. */
export type Fields = Readonly<Record<string, unknown>>;

/** A node as a NodeDef: control inputs follow the others. */
export function nodeDef(node: TfNode): Fields {
  return {
    name: node.name,
    op: node.op,
    input: [...node.inputs, ...node.controls.map((name) => `^${name}`)],
    attr: attrFields(node.attrs, `node '${node.name}' (${node.op})`),
  };
}

/** Attributes as AttrValues. */
export function attrFields(attrs: Readonly<Record<string, TfAttr>>, subject: string): Fields {
  return Object.fromEntries(
    Object.entries(attrs).map(([name, attr]) => [name, attrValue(attr, `${subject}, attribute '${name}'`)]),
  );
}

function attrValue(attr: TfAttr, subject: string): Fields {
  switch (attr.kind) {
    case 'int':
      return { i: attr.value };
    case 'float':
      return { f: attr.value };
    case 'bool':
      return { b: attr.value };
    case 'string':
      return { s: utf8(attr.value) };
    case 'type':
      return { type: TYPE_NUMBERS[attr.value] };
    case 'shape':
      return { shape: shapeProto(attr.value) };
    case 'ints':
      return { list: { i: attr.value } };
    case 'floats':
      return { list: { f: attr.value } };
    case 'bools':
      return { list: { b: attr.value } };
    case 'strings':
      return { list: { s: attr.value.map(utf8) } };
    case 'types':
      return { list: { type: attr.value.map((type) => TYPE_NUMBERS[type]) } };
    case 'shapes':
      return { list: { shape: attr.value.map(shapeProto) } };
    case 'tensor':
      return { tensor: tensorProto(attr.value) };
    case 'raw':
      return { func: { name: functionName(attr.value) ?? refuseRaw(attr.value, subject) } };
  }
}

/** The function that an attribute names, as JSON; undefined for anything else. */
export function functionName(json: Json): string | undefined {
  if (typeof json !== 'object' || json === null || !('func' in json)) return undefined;
  const { func } = json;
  if (typeof func !== 'object' || func === null || !('name' in func)) return undefined;
  return typeof func.name === 'string' ? func.name : undefined;
}

function refuseRaw(json: Json, subject: string): never {
  return fail('graph/attribute', {
    subject,
    expected: 'a number, text, type, shape, function or a list of one of these',
    got: JSON.stringify(json).slice(0, 60),
  });
}

/** A TensorShapeProto; sizes that are not known are -1, an unknown rank is a flag. */
export function shapeProto(shape: Shape | null | undefined): Fields {
  if (shape === null || shape === undefined) return { unknownRank: true };
  return { dim: shape.map((size) => ({ size })) };
}

function tensorProto(tensor: Tensor): Fields {
  return {
    dtype: TYPE_NUMBERS[tensor.type],
    tensorShape: shapeProto(tensor.shape),
    ...(tensor.strings === undefined
      ? { tensorContent: tensor.bytes }
      : { stringVal: tensor.strings.map(utf8) }),
  };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
