import type { Model } from '@tfjs-optimize/core';

/** Gives out names that no node, weight or port has. */
export class Names {
  private readonly taken: Set<string>;

  constructor({ graph, weights, signature }: Model) {
    const ports = [...signature.inputs, ...signature.outputs].map(({ key }) => key);
    this.taken = new Set([...graph.nodes.keys(), ...weights.names(), ...ports]);
  }

  /** The wanted name, or the first of `wanted_1`, `wanted_2`, … that is free. */
  take(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }
}
