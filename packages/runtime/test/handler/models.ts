import { attr, Graph, makeNode, Model, Weight, Weights, type Node } from '@tfjs-optimize/core';
import { opName } from '@tfjs-optimize/runtime';

/** A kernel of 4 × 3 whole numbers, and a scale for each of its 3 channels. */
export const KERNEL = Int8Array.of(-127, 5, 0, 64, 127, -3, 1, -1, 33, -100, 99, 7);
export const SCALES = Float32Array.of(0.1, 1 / 3, 2 ** -20);

const float = { T: attr.type('float32') };

function constant(name: string, dtype: 'float32' | 'int32'): Node {
  return makeNode({ name, op: 'Const', attrs: { dtype: attr.type(dtype) } });
}

/** `y = x · kernel + bias + dequantized`: weights of every coding of the packed format, and a plain one. */
export function everyCoding(): Model {
  const attrs = { dtype: attr.type('float32'), shape: attr.shape([-1, 4]) };
  const dequantize = { scale: attr.float(0.5), zero_point: attr.int(3) };
  const nodes = [
    makeNode({ name: 'x', op: 'Placeholder', attrs }),
    constant('kernel', 'float32'),
    constant('bias', 'float32'),
    constant('offset', 'float32'),
    constant('numbers', 'int32'),
    makeNode({ name: 'product', op: 'MatMul', inputs: ['x', 'kernel'], attrs: float }),
    makeNode({ name: 'biased', op: 'AddV2', inputs: ['product', 'bias'], attrs: float }),
    makeNode({ name: 'moved', op: 'AddV2', inputs: ['biased', 'offset'], attrs: float }),
    makeNode({ name: 'floats', op: opName('Dequantize'), inputs: ['numbers'], attrs: dequantize }),
    makeNode({ name: 'y', op: 'AddV2', inputs: ['moved', 'floats'], attrs: float }),
  ];
  const bfloats = Uint16Array.of(0x3fc0, 0xc000, 0x4480);
  const weights = new Weights([
    ['kernel', Weight.channels(KERNEL, [4, 3], 1, SCALES)],
    ['bias', Weight.stored('float32', [3], { kind: 'bfloat16' }, new Uint8Array(bfloats.buffer))],
    ['offset', Weight.of(Float32Array.of(0.25, -1e-3, 7), [3])],
    ['numbers', Weight.int8(Int8Array.of(-128, 0, 127), [3])],
  ]);
  return new Model({
    graph: new Graph(nodes, ['x'], ['y']),
    weights,
    signature: {
      inputs: [{ key: 'x', value: 'x', dtype: 'float32', shape: [-1, 4] }],
      outputs: [{ key: 'y', value: 'y', dtype: 'float32', shape: [-1, 3] }],
    },
    stage: 'integer',
  });
}

/** What its weights stand for. */
export const VALUES: Readonly<Record<string, Float32Array>> = {
  kernel: Float32Array.from(KERNEL, (value, i) => value * (SCALES[i % 3] as number)),
  bias: Float32Array.of(1.5, -2, 1024),
  offset: Float32Array.of(0.25, -1e-3, 7),
};

/** `y = x · kernel` of plain floats. */
export function plainModel(): Model {
  const model = everyCoding();
  const nodes = [...model.graph].filter(({ name }) => ['x', 'kernel', 'product'].includes(name));
  return model.with({
    graph: new Graph(nodes, ['x'], ['product']),
    weights: new Weights([['kernel', Weight.of(VALUES['kernel'] as Float32Array, [4, 3])]]),
    signature: {
      inputs: model.signature.inputs,
      outputs: [{ key: 'y', value: 'product', dtype: 'float32', shape: [-1, 3] }],
    },
    stage: 'float',
  });
}
