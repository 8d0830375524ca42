import { Graph, makeNode, Weight, type Model, type Node } from '@tfjs-optimize/core';
import { Names } from '../static/names.js';
import type { Reading } from '../static/read.js';
import type { LinearUnit } from '../static/units.js';
import { biasPlace, inputChannels, type Pair } from './pairs.js';

/** Changes kernels and biases of a model, of which it gives a new one at the end. */
export class Rescaler {
  private readonly weights = new Map<string, Weight>();
  private readonly nodes: Map<string, Node>;
  private readonly names: Names;

  constructor(
    private readonly model: Model,
    private readonly reading: Reading,
  ) {
    this.nodes = new Map(model.graph.nodes);
    this.names = new Names(model);
  }

  /** What a kernel is by now. */
  kernel({ kernel }: LinearUnit): Float32Array {
    return (
      (this.weights.get(kernel.name)?.numbers() as Float32Array | undefined) ??
      Float32Array.from(kernel.values)
    );
  }

  /** Multiplies the channels that leave the first layer by factors above 0, and what the second makes of them by their inverses. */
  scale({ first, second }: Pair, factors: Float64Array): void {
    const leaving = this.kernel(first);
    const channels = first.channels;
    this.setKernel(
      first,
      leaving.map((w, i) => w * (factors[i % channels] as number)),
    );
    if (first.bias !== undefined) {
      const bias = this.bias(first);
      this.setBias(
        first,
        bias.map((b, c) => b * (factors[c] as number)),
      );
    }
    const step = second.kernel.values.length / inputChannels(second) / taps(second);
    const inputs = inputChannels(second);
    this.setKernel(
      second,
      this.kernel(second).map((w, i) => w / (factors[Math.floor(i / step) % inputs] as number)),
    );
  }

  bias(unit: LinearUnit): Float32Array {
    const place = biasPlace(this.reading, unit);
    const name = place && (this.nodes.get(place.node.name) as Node).inputs[place.place];
    const now = name === undefined ? undefined : this.weights.get(name);
    return (now?.numbers() as Float32Array | undefined) ?? Float32Array.from(unit.bias?.values ?? []);
  }

  setKernel({ kernel }: LinearUnit, values: Float32Array): void {
    this.weights.set(kernel.name, Weight.of(values, kernel.shape));
  }

  /** A bias that others read, too, is left to them. */
  setBias(unit: LinearUnit, values: Float32Array): void {
    const found = biasPlace(this.reading, unit);
    if (found === undefined || unit.bias === undefined) return;
    const node = this.nodes.get(found.node.name) as Node;
    const input = node.inputs[found.place] as string;
    const isOwn = this.model.weights.has(input) && this.model.graph.users(input).length === 1;
    const name = isOwn || this.weights.has(input) ? input : this.names.take(`${input}/own`);
    this.weights.set(name, Weight.of(values, [values.length]));
    if (name === input) return;
    this.nodes.set(name, makeNode({ name, op: 'Const' }));
    const inputs = node.inputs.map((value, place) => (place === found.place ? name : value));
    this.nodes.set(node.name, { ...node, inputs });
  }

  finish(): Model {
    if (this.weights.size === 0) return this.model;
    const { graph, weights } = this.model;
    return this.model.with({
      graph: new Graph(this.nodes.values(), graph.inputs, graph.outputs, graph.extras),
      weights: weights.with(this.weights),
    });
  }
}

/** Elements of a window. */
function taps({ op, kernel }: LinearUnit): number {
  return op === 'MatMul' ? 1 : (kernel.shape[0] as number) * (kernel.shape[1] as number);
}
