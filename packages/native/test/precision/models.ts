import { GraphBuilder, type Model, type ValueId } from '@tfjs-optimize/core';

/** Numbers of about one size, the same for the same seed. */
export function numbers(count: number, size = 1, seed = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => size * Math.sin((i + 1) * (seed + 0.37)));
}

/** A product of a value and a weight. */
export function product(
  b: GraphBuilder,
  x: ValueId,
  [rows, columns]: readonly [number, number],
  name: string,
): ValueId {
  const w = b.constant(`${name}/w`, numbers(rows * columns, 1 / Math.sqrt(rows)), [rows, columns]);
  return b.op('MatMul', [x, w], { transpose_a: false, transpose_b: false }, name);
}

/** A model of one output. */
export function modelOf(build: (b: GraphBuilder, x: ValueId) => ValueId, size = 16): Model {
  const b = new GraphBuilder();
  b.output(build(b, b.input('x', [-1, size])), 'y');
  return b.build();
}
