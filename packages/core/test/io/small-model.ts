import {
  Graph,
  Model,
  Weight,
  Weights,
  attr,
  makeNode,
  type Encoding,
  type Node,
  type Signature,
} from '@tfjs-optimize/core';

/** A constant of {@link smallModel}. */
export function constant(name: string, dtype: 'float32' | 'int32' | 'string' | 'bool' | 'complex64'): Node {
  return makeNode({ name, op: 'Const', attrs: { dtype: attr.type(dtype) } });
}

/** A weight of affine bytes: value = stored * scale + min. */
export function affine(
  stored: Uint8Array | Uint16Array,
  shape: number[],
  scale: number,
  min: number,
): Weight {
  const dtype = stored instanceof Uint8Array ? 'uint8' : 'uint16';
  const encoding: Encoding = { kind: 'affine', dtype, scale, min };
  return Weight.stored(
    'float32',
    shape,
    encoding,
    new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength),
  );
}

/**
 * `y = relu(x * scale + offset) + bias`, with x of shape [n, 4]: scale is stored as uint8, offset as
 * float16 and bias as float32, behind each other at odd addresses.
 */
export function smallModel(): Model {
  const binary = { T: attr.type('float32') };
  const nodes = [
    makeNode({
      name: 'x',
      op: 'Placeholder',
      attrs: { dtype: attr.type('float32'), shape: attr.shape([-1, 4]) },
    }),
    constant('scale', 'float32'),
    constant('offset', 'float32'),
    constant('bias', 'float32'),
    makeNode({ name: 'scaled', op: 'Mul', inputs: ['x', 'scale'], attrs: binary }),
    makeNode({ name: 'moved', op: 'AddV2', inputs: ['scaled', 'offset'], attrs: binary }),
    makeNode({ name: 'active', op: 'Relu', inputs: ['moved'], attrs: binary }),
    makeNode({ name: 'y', op: 'AddV2', inputs: ['active', 'bias'], attrs: binary }),
  ];
  const halves = Uint16Array.of(0x3c00, 0xbc00, 0x0001, 0x3800); // 1, -1, 2^-24, 0.5
  const weights = new Weights([
    ['scale', affine(Uint8Array.of(255), [1], 0.5, -2)],
    ['offset', Weight.stored('float32', [4], { kind: 'float16' }, new Uint8Array(halves.buffer))],
    ['bias', Weight.of(Float32Array.of(0.25, -0.5, 1e-3, 3), [4])],
  ]);
  const signature: Signature = {
    inputs: [{ key: 'x', value: 'x', dtype: 'float32', shape: [-1, 4] }],
    outputs: [{ key: 'y', value: 'y', dtype: 'float32', shape: [-1, 4] }],
  };
  return new Model({ graph: new Graph(nodes, ['x'], ['y']), weights, signature, stage: 'float' });
}

/** What {@link smallModel} makes of x, in single precision. */
export function smallOutput(x: readonly number[]): number[] {
  const f = Math.fround;
  const offset = [1, -1, 2 ** -24, 0.5];
  const bias = [0.25, -0.5, f(1e-3), 3];
  return x.map((value, i) => {
    const moved = f(f(f(value) * 125.5) + (offset[i % 4] as number));
    return f(Math.max(moved, 0) + (bias[i % 4] as number));
  });
}
