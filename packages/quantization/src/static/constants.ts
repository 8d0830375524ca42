import { nodeOf, splitValue, type Graph, type Model, type ValueId } from '@tfjs-optimize/core';
import type { Constant } from './units.js';

/** Reads constants of a model; remembers what it has read. */
export class Constants {
  private readonly known = new Map<ValueId, Constant | undefined>();

  constructor(private readonly model: Model) {}

  /**
   * The numbers of a value that depends on no input: a Const, behind Identity nodes too, or the product of a stored
   * kernel and a vector, as fusion leaves it. Undefined for all else, and for constants that are not float32.
   */
  of(value: ValueId): Constant | undefined {
    if (this.known.has(value)) return this.known.get(value);
    const found = this.read(value);
    this.known.set(value, found);
    return found;
  }

  /** The only number of a constant. */
  number(value: ValueId | undefined): number | undefined {
    const constant = value === undefined ? undefined : this.of(value);
    return constant?.values.length === 1 ? constant.values[0] : undefined;
  }

  /** Whole numbers, as axes are given. */
  whole(value: ValueId | undefined): readonly number[] | undefined {
    const weight = value === undefined ? undefined : this.model.weights.get(nodeOf(value));
    return weight?.dtype === 'int32' ? Array.from(weight.numbers()) : undefined;
  }

  private read(value: ValueId): Constant | undefined {
    const [name, output] = splitValue(value);
    const node = output === 0 ? this.model.graph.get(name) : undefined;
    if (node?.op === 'Const') {
      const weight = this.model.weights.get(name);
      return weight?.dtype === 'float32'
        ? { name, values: weight.numbers(), shape: weight.shape }
        : undefined;
    }
    if (node?.op === 'Identity') return this.of(node.inputs[0] as ValueId);
    if (node?.op !== 'Mul') return undefined;
    const [a, b] = node.inputs.map((input) => this.of(input));
    if (a === undefined || b === undefined) return undefined;
    const [large, small] = a.values.length >= b.values.length ? [a, b] : [b, a];
    return scaled(large, small);
  }
}

/** The product, where the smaller shape is that of the larger one's last axes, ones in front aside. */
function scaled(large: Constant, small: Constant): Constant | undefined {
  const shape = small.shape.slice(small.shape.findIndex((size) => size !== 1));
  const tail = shape.length === 0 ? [] : large.shape.slice(-shape.length);
  const count = small.values.length;
  if (count > 1 && (shape.length > large.shape.length || shape.some((size, i) => size !== tail[i])))
    return undefined;
  const values = Float32Array.from(
    { length: large.values.length },
    (_, i) => (large.values[i] as number) * (small.values[i % count] as number),
  );
  return { ...large, values };
}

/** The one node that reads a node's only output once, where nothing else needs that. */
export function onlyUser(graph: Graph, name: string): string | undefined {
  if (graph.isOutput(name)) return undefined;
  const [user, ...others] = graph.users(name);
  if (user === undefined || others.length > 0 || user.controls.includes(name)) return undefined;
  return user.inputs.filter((input) => nodeOf(input) === name).length === 1 && user.inputs.includes(name)
    ? user.name
    : undefined;
}
