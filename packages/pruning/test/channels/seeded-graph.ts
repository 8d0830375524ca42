import { GraphBuilder, Random, type ValueId } from '@tfjs-optimize/core';

/** Builds graphs whose weights follow from a seed. */
export class SeededGraph {
  readonly b = new GraphBuilder();
  private readonly random: Random;

  constructor(seed: number) {
    this.random = Random.of(seed);
  }

  weight(name: string, shape: readonly number[]): ValueId {
    const size = shape.reduce((x, y) => x * y, 1);
    return this.b.constant(
      name,
      Float32Array.from({ length: size }, () => this.random.normal()),
      shape,
    );
  }
}
