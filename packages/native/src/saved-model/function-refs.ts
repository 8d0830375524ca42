import { fail, splitValue, type Json, type JsonObject, type ValueId } from '@tfjs-optimize/core';
import type { TfNode } from './ops/graph-writer.js';
import { opDef } from './ops/op-def.js';
import { countOf } from './ops/ports.js';

/*
 * In functions a value is named by the output of its node and the place in that (`node:output:index`,
 * `function.proto`), where graphs count all outputs of a node through.
 */

/** The number, counted through, of an output that a function names. */
export function flatIndex(node: JsonObject, output: string, index: number): number {
  const outputs = opDef(String(node['op']))?.outputs ?? [];
  const at = outputs.findIndex((arg) => arg.name === output);
  const attrs = node['attr'] as JsonObject | undefined;
  const before = outputs.slice(0, Math.max(at, 0));
  return before.reduce(
    (sum, arg) => sum + (arg.count === undefined ? 1 : numberIn(attrs?.[arg.count])),
    index,
  );
}

function numberIn(attr: Json | undefined): number {
  const held = attr as { readonly i?: string | number } | undefined;
  return Number(held?.i ?? 1);
}

/** A written value as functions name it. */
export function refOf(value: ValueId, nodes: ReadonlyMap<string, TfNode>): string {
  const [name, index] = splitValue(value);
  const node = nodes.get(name);
  let left = index;
  for (const arg of node === undefined ? [] : (opDef(node.op)?.outputs ?? [])) {
    const count = countOf(arg, node as TfNode);
    if (left < count) return `${name}:${arg.name}:${left}`;
    left -= count;
  }
  return fail('internal', {
    subject: `value '${value}'`,
    expected: 'to be an output of a node',
    got: 'none',
  });
}
