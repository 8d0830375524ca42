import {
  attr,
  getAttr,
  Graph,
  makeNode,
  Model,
  Weight,
  Weights,
  type Node,
  type Signature,
} from '@tfjs-optimize/core';
import { opName } from '@tfjs-optimize/runtime';
import { constant } from './small-model.js';

/** 12 whole numbers from -127 to 127, and a scale for each of 3 channels. */
export const KERNEL = Int8Array.of(-127, 5, 0, 64, 127, -3, 1, -1, 33, -100, 99, 7);
export const SCALES = Float32Array.of(0.1, 1 / 3, 2 ** -20);

const binary = { T: attr.type('float32') };
const SIGNATURE: Signature = {
  inputs: [{ key: 'x', value: 'x', dtype: 'float32', shape: [-1, 4] }],
  outputs: [{ key: 'y', value: 'y', dtype: 'float32', shape: [-1, 3] }],
};

function placeholder(): Node {
  const attrs = { dtype: attr.type('float32'), shape: attr.shape([-1, 4]) };
  return makeNode({ name: 'x', op: 'Placeholder', attrs });
}

function bfloat16(values: readonly number[]): Weight {
  const bits = Uint16Array.from(
    values,
    (value) => (new Uint32Array(Float32Array.of(value).buffer)[0] as number) >>> 16,
  );
  return Weight.stored('float32', [values.length], { kind: 'bfloat16' }, new Uint8Array(bits.buffer));
}

/** `y = x · kernel` with a scale for each channel of the kernel: all that stock TensorFlow.js loads, too. */
export function productModel(): Model {
  const nodes = [
    placeholder(),
    constant('kernel', 'float32'),
    makeNode({ name: 'y', op: 'MatMul', inputs: ['x', 'kernel'], attrs: binary }),
  ];
  const weights = new Weights([['kernel', Weight.channels(KERNEL, [4, 3], 1, SCALES)]]);
  return new Model({ graph: new Graph(nodes, ['x'], ['y']), weights, signature: SIGNATURE, stage: 'float' });
}

/** `y = x · kernel + bias`, the bias in bfloat16. */
export function biasedModel(): Model {
  const nodes = [
    placeholder(),
    constant('kernel', 'float32'),
    constant('bias', 'float32'),
    makeNode({ name: 'product', op: 'MatMul', inputs: ['x', 'kernel'], attrs: binary }),
    makeNode({ name: 'y', op: 'AddV2', inputs: ['product', 'bias'], attrs: binary }),
  ];
  const weights = new Weights([
    ['kernel', Weight.channels(KERNEL, [4, 3], 1, SCALES)],
    ['bias', bfloat16([1.5, -2, 1024])],
  ]);
  return new Model({ graph: new Graph(nodes, ['x'], ['y']), weights, signature: SIGNATURE, stage: 'float' });
}

/** `y = x · dequantized + relu(numbers)`: numbers of 8 bits that an op of integers reads, and some that stock ops read. */
export function integerModel(): Model {
  const dequantize = { scale: attr.float(0.5), zero_point: attr.int(3) };
  const nodes = [
    placeholder(),
    constant('kernel', 'int32'),
    constant('few', 'int32'),
    makeNode({ name: 'floats', op: opName('Dequantize'), inputs: ['kernel'], attrs: dequantize }),
    makeNode({ name: 'product', op: 'MatMul', inputs: ['x', 'floats'], attrs: binary }),
    makeNode({
      name: 'cast',
      op: 'Cast',
      inputs: ['few'],
      attrs: { SrcT: attr.type('int32'), DstT: attr.type('float32') },
    }),
    makeNode({ name: 'y', op: 'AddV2', inputs: ['product', 'cast'], attrs: binary }),
  ];
  const weights = new Weights([
    ['kernel', Weight.int8(KERNEL, [4, 3])],
    ['few', Weight.int8(Int8Array.of(-128, 0, 127), [3])],
  ]);
  return new Model({
    graph: new Graph(nodes, ['x'], ['y']),
    weights,
    signature: SIGNATURE,
    stage: 'integer',
  });
}

/** The dtype that a Const tells in its attributes. */
export function toldType(model: Model, name: string): string | undefined {
  const node = model.graph.get(name);
  return node && getAttr(node, 'dtype', 'type');
}
