import type { TfNode } from './graph-writer.js';
import { opDef, type ArgDef } from './op-def.js';
import type { TfType } from '../types.js';

/** How many values an input or output of the definition stands for. */
export function countOf(arg: ArgDef, node: TfNode): number {
  const attr = node.attrs[arg.count ?? arg.attr ?? ''];
  if (arg.count !== undefined) return attr?.kind === 'int' ? attr.value : 1;
  return arg.isList && attr?.kind === 'types' ? attr.value.length : 1;
}

/** The inputs and outputs of a node that are of the type which one of its attributes tells. */
export interface TypedPorts {
  /** The attribute. */
  readonly attr: string;
  /** Places among the inputs and the outputs. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * The ports of the first attribute that tells the type of an input and that is a given one now.
 * @param other what the attribute could be instead.
 * @returns undefined where there is none, or where it cannot be the other.
 */
export function portsOfType(node: TfNode, type: TfType, other: TfType): TypedPorts | undefined {
  const def = opDef(node.op);
  const names = def?.inputs.flatMap(({ attr, isList }) => (attr === undefined || isList ? [] : [attr])) ?? [];
  for (const name of names) {
    const attr = def?.attrs.find((each) => each.name === name);
    const given = node.attrs[name];
    const now = given?.kind === 'type' ? given.value : attr?.byDefault;
    if (attr === undefined || now !== type) continue;
    if (attr.allowed !== undefined && !attr.allowed.includes(other)) return undefined;
    const places = (args: readonly ArgDef[]): number[] =>
      args
        .flatMap((arg) => new Array<boolean>(countOf(arg, node)).fill(arg.attr === name))
        .flatMap((is, i) => (is ? [i] : []));
    return { attr: name, inputs: places(def?.inputs ?? []), outputs: places(def?.outputs ?? []) };
  }
  return undefined;
}
