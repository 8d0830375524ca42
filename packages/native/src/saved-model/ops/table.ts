import { OPS } from '@tfjs-optimize/core';
import { arrays } from './arrays.js';
import { elementwise } from './elementwise.js';
import { fusedOps } from './fused.js';
import type { Lowering } from './lowering.js';
import { matrices } from './matrices.js';
import { normalization } from './normalization.js';
import { opDef } from './op-def.js';
import { windows } from './windows.js';

/** Ops that TensorFlow has by the same name and that mean the same there. */
const same: Lowering = (node) => node.last(node.node.op, node.all(), node.attrs());

const LOWERINGS: Readonly<Record<string, Lowering>> = {
  ...arrays,
  ...elementwise,
  ...fusedOps,
  ...matrices,
  ...normalization,
  ...windows,
};

/** How an op is written: by a row of its own, else as it is. */
export function loweringOf(op: string): Lowering {
  return Object.hasOwn(LOWERINGS, op) ? (LOWERINGS[op] as Lowering) : same;
}

/** Ops of ours that are taken apart. */
const OWN = Object.keys(LOWERINGS).filter((op) => !Object.hasOwn(OPS, op));

/** Ops of TensorFlow.js that are written, and those that are not, each in alphabetical order. */
export function coverage(): { readonly written: readonly string[]; readonly refused: readonly string[] } {
  const all = [...Object.keys(OPS), ...OWN].sort();
  const isWritten = (op: string): boolean => Object.hasOwn(LOWERINGS, op) || opDef(op) !== undefined;
  return { written: all.filter(isWritten), refused: all.filter((op) => !isWritten(op)) };
}
