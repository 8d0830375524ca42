import { getAttr, inputSpec, type InferredShapes, type Node, type ValueId } from '@tfjs-optimize/core';
import type { Labels } from './site.js';

/** An axis whose size was read. */
interface Source {
  readonly value: ValueId;
  readonly axis: number;
}

/** For each element of a value the sizes that it was computed from; of one entry it holds for all elements. */
type Origins = readonly (readonly Source[])[];

/**
 * Follows sizes that a graph reads (`Shape`) through its arithmetic. As shapes of other values they are read again after
 * a cut and are right by themselves; as numbers to compute with, such as √d in attention, they must not change.
 */
export class SizesRead {
  private readonly origins = new Map<ValueId, Origins>();

  constructor(private readonly types: InferredShapes) {}

  /**
   * Takes a node up, in the order of the graph.
   * @returns axes whose sizes it computes with.
   */
  take(node: Node, labelsOf: (value: ValueId) => Labels | undefined): readonly Source[] {
    const [first = ''] = node.inputs;
    const axes = (labelsOf(first) ?? []).map((_, axis): Source => ({ value: first, axis }));
    if (node.op === 'Shape')
      this.origins.set(
        node.name,
        axes.map((source) => [source]),
      );
    else if (node.op === 'Size') this.origins.set(node.name, [axes]);
    else return this.follow(node);
    return [];
  }

  private follow(node: Node): readonly Source[] {
    const read = node.inputs.filter((value, i) => {
      const role = inputSpec(node, i)?.role ?? 'tensor';
      return this.origins.has(value) && role !== 'shape';
    });
    if (read.length === 0) return [];
    const dtype = this.types.dtype(node.name);
    if (dtype === 'float32') return read.flatMap((value) => this.origins.get(value)?.flat() ?? []);
    this.origins.set(
      node.name,
      this.moved(node) ?? [read.flatMap((value) => this.origins.get(value)?.flat() ?? [])],
    );
    return [];
  }

  /** Origins where elements are only picked or put side by side. */
  private moved(node: Node): Origins | undefined {
    if (node.op === 'Pack') return node.inputs.map((value) => this.origins.get(value)?.[0] ?? []);
    const given = this.origins.get(node.inputs[0] ?? '');
    if (node.op !== 'StridedSlice' || given === undefined || given.length < 2) return undefined;
    const [[begin] = [], [end] = []] = [1, 2].map((i) => this.types.type(node.inputs[i] ?? '').values ?? []);
    const isMasked = (name: string): boolean => (getAttr(node, name, 'int') ?? 0) === 1;
    const at = (place: number): number => (place < 0 ? place + given.length : place);
    if (isMasked('shrink_axis_mask')) return begin === undefined ? undefined : [given[at(begin)] ?? []];
    if ((begin === undefined && !isMasked('begin_mask')) || (end === undefined && !isMasked('end_mask')))
      return undefined;
    const from = isMasked('begin_mask') ? 0 : at(begin as number);
    return given.slice(from, isMasked('end_mask') ? given.length : at(end as number));
  }
}
