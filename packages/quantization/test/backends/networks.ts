import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, Random, toArtifacts, type Model, type ValueId } from '@tfjs-optimize/core';
import { registerOps } from '@tfjs-optimize/runtime';
import { quantizeDynamic, quantizeStatic } from '../../src/index.js';

export const SHAPE = [2, 12, 12, 3];

/** Convolutions and products, and between them stock ops that move values: those run on the backend itself. */
function network(): Model<'float'> {
  const random = Random.of(3).fork('network in a page');
  const b = new GraphBuilder();
  const constant = (name: string, shape: readonly number[]): ValueId => {
    const size = shape.reduce((p, q) => p * q, 1);
    return b.constant(
      name,
      Float32Array.from({ length: size }, () => random.uniform() - 0.5),
      shape,
    );
  };
  const sliding = { strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], padding: 'VALID', data_format: 'NHWC' };
  const biased = (x: ValueId, name: string, channels: number): ValueId =>
    b.op('BiasAdd', [x, constant(`${name}/bias`, [channels])], {}, name);
  const x = b.input('x', [-1, ...SHAPE.slice(1)]);
  const first = biased(b.op('Conv2D', [x, constant('w1', [3, 3, 3, 32])], sliding), 'first', 32);
  const relu = b.op('Relu', [first], {}, 'relu');
  const padded = b.op('Pad', [relu, b.ints([0, 0, 1, 1, 1, 1, 0, 0], [4, 2])], {}, 'padded');
  const deep = biased(
    b.op('DepthwiseConv2dNative', [padded, constant('w2', [3, 3, 32, 1])], sliding),
    'deep',
    32,
  );
  const joined = b.op('ConcatV2', [relu, deep, b.ints(3, [])], { N: 2 }, 'joined');
  const turned = b.op('Transpose', [joined, b.ints([0, 2, 1, 3])], {}, 'turned');
  const part = b.op('Slice', [turned, b.ints([0, 1, 1, 24]), b.ints([-1, 8, 8, 12])], {}, 'part');
  const pooled = b.op(
    'MaxPool',
    [part],
    { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' },
    'pooled',
  );
  const most = b.op('Max', [turned, b.ints([1, 2])], { keep_dims: false }, 'most');
  const rows = b.op('Reshape', [pooled, b.ints([-1, 192])], {}, 'rows');
  const all = b.op('ConcatV2', [rows, most, b.ints(1, [])], { N: 2 }, 'all');
  return b.output(biased(b.op('MatMul', [all, constant('w3', [256, 10])]), 'scores', 10)).build();
}

/** All that is computed: every node but constants and inputs. */
export const computedBy = ({ graph }: Model): string[] =>
  [...graph].filter(({ op }) => op !== 'Const' && op !== 'Placeholder').map(({ name }) => name);

/** What the present backend computes in this process, by node. Zeros of both signs are one. */
export function expectedOf(model: Model): Record<string, number[]> {
  registerOps();
  const graph = tf.loadGraphModelSync(toArtifacts(model));
  const x = tf.tensor([...DATA], SHAPE);
  const names = computedBy(model);
  const tensors = graph.execute(x, names) as tf.Tensor[];
  const values = names.map(
    (name, i) => [name, Array.from((tensors[i] as tf.Tensor).dataSync(), (value) => value + 0)] as const,
  );
  tf.dispose([x, tensors]);
  graph.dispose();
  return Object.fromEntries(values);
}

const random = Random.of(4).fork('inputs of backends');

/** Inputs of the networks, of shape {@link SHAPE}. */
export const DATA: readonly number[] = Array.from(
  Float32Array.from({ length: 864 }, () => random.uniform() * 2 - 1),
);

/** The network in both ways of integers. */
export async function quantizedNetworks(): Promise<Readonly<Record<'static' | 'dynamic', Model>>> {
  const x = tf.tensor([...DATA], SHAPE);
  const { model: ofStatic } = await quantizeStatic(network(), { data: x });
  x.dispose();
  const ops = ['MatMul', 'Conv2D', 'DepthwiseConv2dNative'] as const;
  const { model: dynamic } = await quantizeDynamic(network(), { ops, leastElements: 1 });
  return { static: ofStatic, dynamic };
}
