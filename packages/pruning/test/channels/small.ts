import { GraphBuilder, Random, type Model } from '@tfjs-optimize/core';

/** Options of {@link perceptron}. */
interface Sizes {
  readonly hidden?: readonly number[];
  readonly seed?: number;
}

/** Dense layers 'a', 'b', … and 'last': [-1, 4] in, [-1, 3] out, with biases and ReLU. */
export function perceptron({ hidden = [8, 6], seed = 1 }: Sizes = {}): Model<'float'> {
  const b = new GraphBuilder();
  const random = Random.of(seed);
  const weight = (name: string, shape: readonly number[]): string => {
    const size = shape.reduce((x, y) => x * y, 1);
    return b.constant(
      name,
      Float32Array.from({ length: size }, () => random.normal()),
      shape,
    );
  };
  const dense = (x: string, name: string, into: number, out: number): string => {
    const kernel = weight(`${name}/kernel`, [into, out]);
    const product = b.op('MatMul', [x, kernel], { transpose_a: false, transpose_b: false }, `${name}/MatMul`);
    return b.op('BiasAdd', [product, weight(`${name}/bias`, [out])], {}, `${name}/BiasAdd`);
  };
  let x = b.input('x', [-1, 4]);
  let into = 4;
  hidden.forEach((size, i) => {
    const name = String.fromCharCode(97 + i);
    x = b.op('Relu', [dense(x, name, into, size)], {}, `${name}/Relu`);
    into = size;
  });
  return b.output(dense(x, 'last', into, 3)).build();
}
