import { getAttr, type Node } from '@tfjs-optimize/core';
import type { Constants } from './constants.js';

/** Which inputs of a node hold the values that it moves, and what it fills gaps with. */
export interface Move {
  readonly places: readonly number[];
  readonly fill?: number;
}

const FIRST: Move = { places: [0] };

/** Ops that move elements of their first input, or pick among them. */
const OF_FIRST: ReadonlySet<string> = new Set([
  'BroadcastTo',
  'DepthToSpace',
  'EnsureShape',
  'ExpandDims',
  'Gather',
  'GatherNd',
  'GatherV2',
  'Identity',
  'MirrorPad',
  'Reshape',
  'Reverse',
  'ReverseV2',
  'Slice',
  'SplitV',
  'Squeeze',
  'StridedSlice',
  'Tile',
  'Transpose',
  'Unpack',
]);

/**
 * How a node moves values: what comes out are elements that went in. The greatest and least of values are among them.
 * Undefined for other ops; a phrase where this one needs more than moving.
 */
export function moveOf(node: Node, constants: Constants): Move | string | undefined {
  const { op, inputs } = node;
  if (OF_FIRST.has(op)) return FIRST;
  switch (op) {
    case 'Pad':
      return { places: [0], fill: getAttr(node, 'constant_value', 'float') ?? 0 };
    case 'PadV2': {
      const fill = constants.number(inputs[2]);
      return fill === undefined ? 'what it fills in is not a constant' : { places: [0], fill };
    }
    case 'Max':
    case 'Min':
      return FIRST;
    case 'Split':
      return { places: [1] };
    case 'ConcatV2':
      return { places: inputs.slice(0, -1).map((_, i) => i) };
    case 'Concat':
      return { places: inputs.slice(1).map((_, i) => i + 1) };
    case 'Pack':
    case 'Maximum':
    case 'Minimum':
      return { places: inputs.map((_, i) => i) };
    default:
      return undefined;
  }
}

/** Where the number stands that a node fills gaps with, if it is an input. */
export const FILL_PLACE: Readonly<Record<string, number>> = { PadV2: 2 };
