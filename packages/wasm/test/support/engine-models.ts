import { Random, Weight, Weights, type Model } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { INNER, smallNet } from '../../../runtime/test/support/small-net.js';
import { IntegerGraph } from './integer-graphs.js';

const SHAPE = [2, 12, 12, 3];

/** Every static op: all values of the network are outputs, and all is one region. Table and weights are up to `largest`. */
function everyStaticOp(largest: number): Model {
  const model = smallNet();
  const weights = [...model.weights].map(([name, weight]): [string, Weight] => {
    const numbers = [...weight.numbers()];
    const least = (x: number): number => Math.max(-largest, Math.min(x, largest));
    return /^(w\d+|table)$/.test(name)
      ? [name, Weight.int8(Int8Array.from(numbers, least), weight.shape)]
      : [name, weight];
  });
  const inner = INNER.map((name) => ({ key: name, value: name, dtype: 'int32' as const, shape: undefined }));
  const outputs = [...model.signature.outputs, ...inner];
  return model.with({ weights: new Weights(weights), signature: { ...model.signature, outputs } });
}

/** Convolutions and products of whole tiles and what is left of them. */
function tiles(largest: number): Model {
  const g = new IntegerGraph(5, largest);
  const first = g.conv(g.quantized(g.builder.input('x', [-1, ...SHAPE.slice(1)])), [5, 5, 3, 21]);
  const second = g.conv(first, [3, 3, 21, 32]);
  const flat = g.builder.op('Reshape', [second, g.builder.ints([-1, 144 * 32])]);
  g.output(g.dequantized(second), 'image');
  g.output(g.dequantized(g.dense(flat, 144 * 32, 37)), 'scores');
  return g.build();
}

/** Every dynamic op, each with two kinds of activations. */
function everyDynamicOp(largest: number): Model {
  const g = new IntegerGraph(6, largest);
  const b = g.builder;
  const x = b.input('x', [-1, ...SHAPE.slice(1)]);
  for (const activation of ['uint8', 'int16']) {
    const attrs = { activation, mode: 'row' };
    const same = { ...attrs, padding: 'SAME' };
    const conv = g.op('DynamicConv2D', [x, ...g.weights([3, 3, 3, 19]).slice(0, 2)], same);
    const deep = g.op('DynamicDepthwiseConv2D', [conv, ...g.weights([3, 3, 19, 1]).slice(0, 2)], same);
    const rows = b.op('Reshape', [deep, b.ints([-1, 144, 19])]);
    const dense = g.op('DynamicMatMul', [rows, ...g.weights([19, 23]).slice(0, 2)], attrs);
    g.output(g.op('DynamicBatchMatMul', [dense, dense], { ...attrs, adj_y: true }), activation);
  }
  return g.build();
}

/** A number for all bits of some values, in order (FNV-1a of 32 bits). */
function hashOf(parts: readonly ArrayBufferView[]): number {
  let hash = 0x811c9dc5;
  for (const { buffer, byteOffset, byteLength } of parts) {
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * What models of every integer op give on the present backend, as a number for each model.
 * @param largest magnitude of weights.
 */
export async function bitsOfModels(largest: number): Promise<Record<string, number>> {
  const random = Random.of(7).fork('engines');
  const x = tf.tensor(
    Float32Array.from({ length: 864 }, () => 8 * random.uniform() - 4),
    SHAPE,
  );
  const found: Record<string, number> = {};
  for (const [name, model] of Object.entries({
    static: everyStaticOp(largest),
    tiles: tiles(largest),
    dynamic: everyDynamicOp(largest),
  })) {
    const outputs = model.run(x);
    found[name] = hashOf(await Promise.all(outputs.map((y) => y.data())));
    tf.dispose(outputs);
    model.dispose();
  }
  x.dispose();
  return found;
}
