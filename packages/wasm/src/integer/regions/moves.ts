import type { ProgramOp } from '../plan/program.js';
import { PLANNERS } from '../planners/index.js';
import { attrsOf, splitInput, type GraphNode, type Weights } from './nodes.js';

/** An op of TensorFlow.js that moves values, as an op of a program. */
export interface Move {
  readonly op: ProgramOp;
  readonly attrs: object;
  /** Nodes whose values it moves. */
  readonly reads: readonly string[];
}

/** What a node of a graph moves, where all else that it reads is constant and a planner can do it. */
export function moveOf(node: GraphNode, weights: Weights): Move | undefined {
  const move = known(node, weights);
  return move !== undefined && PLANNERS[move.op] !== undefined ? move : undefined;
}

function known(node: GraphNode, weights: Weights): Move | undefined {
  const inputs = node.input ?? [];
  if (inputs.some((input) => splitInput(input)[1] !== 0)) return undefined;
  const names = inputs.map((input) => splitInput(input)[0]);
  const first = names.slice(0, 1);
  const whole = (i: number): readonly number[] | undefined => weights.integers(names.at(i) as string);
  const attrs = attrsOf(node);
  switch (node.op) {
    case 'Identity':
      return { op: 'Reshape', attrs: {}, reads: first };
    case 'Reshape': {
      const shape = whole(1);
      return shape && { op: 'Reshape', attrs: { shape }, reads: first };
    }
    case 'Squeeze':
      return {
        op: 'Reshape',
        attrs: { squeeze: attrs['squeeze_dims'] ?? attrs['axis'] ?? [] },
        reads: first,
      };
    case 'ExpandDims': {
      const axis = whole(1)?.[0];
      return axis === undefined ? undefined : { op: 'Reshape', attrs: { expand: axis }, reads: first };
    }
    case 'ConcatV2': {
      const axis = whole(-1)?.[0];
      return axis === undefined ? undefined : { op: 'Concat', attrs: { axis }, reads: names.slice(0, -1) };
    }
    case 'PadV2': {
      const [paddings, zero] = [whole(1), whole(2)?.[0]];
      if (paddings === undefined || zero === undefined) return undefined;
      return { op: 'Pad', attrs: { paddings: pairs(paddings), zero }, reads: first };
    }
    case 'Transpose': {
      const perm = whole(1);
      return perm && { op: 'Transpose', attrs: { perm }, reads: first };
    }
    case 'Slice': {
      const [begin, size] = [whole(1), whole(2)];
      return begin && size && { op: 'Slice', attrs: { begin, size }, reads: first };
    }
    default:
      return undefined;
  }
}

function pairs(numbers: readonly number[]): [number, number][] {
  return Array.from({ length: numbers.length / 2 }, (_, i) => [
    numbers[2 * i] as number,
    numbers[2 * i + 1] as number,
  ]);
}
