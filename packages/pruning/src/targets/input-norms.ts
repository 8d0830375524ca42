import {
  asyncNodeOf,
  executorOf,
  fail,
  getAttr,
  nodeOf,
  runKeepingAll,
  valueId,
  type Model,
  type ValueId,
} from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';
import { axesRead, type Kernel, type Reader } from '../kernels.js';
import type { Left } from './part.js';
import { exampleBatches, type ExampleData, type ReadOptions } from './examples.js';

/** What a kernel is multiplied by, and along which axis of it, from behind, input channels are counted. */
interface Multiplied {
  readonly value: ValueId;
  readonly axis: number;
}

/** A value whose squares are added up by channel. */
interface Sums extends Multiplied {
  squares: Float64Array | undefined;
}

/**
 * How large what kernels are multiplied by is: the L2 norm of each input channel, over all examples and positions; of a
 * kernel that several nodes read over all that they see together. Of a kernel of which that is not known, why not.
 * @throws `pruning/data` for data without an example and where values become NaN or infinite, `model/input`, `aborted`.
 */
export async function inputNorms(
  model: Model,
  kernels: readonly Kernel[],
  data: ExampleData,
  reading: ReadOptions & { readonly progress: (done: number, total: number | undefined) => void },
  subject: string,
): Promise<ReadonlyMap<string, Float64Array | Left>> {
  const watched = new Map<string, Sums>();
  const ofKernel = new Map(kernels.map((kernel) => [kernel.name, sumsOf(kernel, watched)] as const));
  const runner = model.with({});
  let done = 0;
  try {
    for await (const { inputs, count, total } of exampleBatches(model, data, reading, subject)) {
      await look(runner, inputs, [...watched.values()]);
      reading.progress((done += count), total);
    }
  } finally {
    runner.dispose();
  }
  for (const { value, squares } of watched.values()) {
    const bad = squares?.find((sum) => !Number.isFinite(sum));
    if (bad === undefined) continue;
    fail('pruning/data', {
      subject: `${subject}: data`,
      expected: `finite numbers at '${value}'`,
      got: 'NaN or infinities among them',
      advice: 'Look for NaN in the data and weights',
    });
  }
  return new Map(
    kernels.map((kernel) => [kernel.name, normsOf(kernel, ofKernel.get(kernel.name) ?? '')] as const),
  );
}

function sumsOf({ reads, inputs }: Kernel, watched: Map<string, Sums>): readonly Sums[] | Left {
  if (inputs === undefined) return 'none of its axes is known to count input channels alone';
  const found: Sums[] = [];
  for (const read of reads) {
    if (axesRead(read)?.[1] !== inputs) return 'nodes that share it sum along different axes of it';
    const multiplied = multipliedBy(read);
    if (multiplied === undefined)
      return `what '${read.node.name}' (${read.node.op}) does with it is not known`;
    const key = `${multiplied.value} ${multiplied.axis}`;
    const sums = watched.get(key) ?? { ...multiplied, squares: undefined };
    watched.set(key, sums);
    found.push(sums);
  }
  return found;
}

function normsOf({ weight, inputs }: Kernel, found: readonly Sums[] | Left): Float64Array | Left {
  if (typeof found === 'string') return found;
  const channels = weight.shape.at(inputs ?? -2) as number;
  const total = new Float64Array(channels);
  for (const { squares, value } of found) {
    if (squares?.length !== channels) {
      return `'${value}' has ${squares?.length ?? 'no'} channels for its ${channels}`;
    }
    for (let i = 0; i < channels; i++) total[i] = (total[i] as number) + (squares[i] as number);
  }
  return total.map(Math.sqrt);
}

/** What a node multiplies a weight by. */
function multipliedBy({ node, input }: Reader): Multiplied | undefined {
  const isTurned = (flag: string): boolean => getAttr(node, flag, 'bool') === true;
  const product = (flags: readonly [string, string]): Multiplied | undefined => {
    const value = node.inputs[1 - input];
    if (value === undefined || input > 1) return undefined;
    const isRow = input === 1 ? !isTurned(flags[0]) : isTurned(flags[1]);
    return { value, axis: isRow ? -1 : -2 };
  };
  const filtered = (at: number): Multiplied | undefined => {
    const value = node.inputs[at];
    const isLast = (getAttr(node, 'data_format', 'string') ?? 'NHWC').endsWith('C');
    return input !== 1 || value === undefined || !isLast ? undefined : { value, axis: -1 };
  };
  switch (node.op) {
    case 'Conv1D':
    case 'Conv2D':
    case 'Conv3D':
    case '_FusedConv2D':
      return filtered(0);
    case 'Conv2DBackpropInput':
      return filtered(2);
    case 'MatMul':
    case '_FusedMatMul':
      return product(['transpose_a', 'transpose_b']);
    case 'BatchMatMul':
    case 'BatchMatMulV2':
      return product(['adj_x', 'adj_y']);
    default:
      return undefined;
  }
}

async function look(
  runner: Model,
  inputs: Readonly<Record<string, tf.Tensor>>,
  watched: readonly Sums[],
): Promise<void> {
  if (watched.length === 0) return;
  if (asyncNodeOf(runner.graph) === undefined) {
    const tensors = executorOf(runner).execute(
      inputs,
      watched.map(({ value }) => value),
    );
    try {
      for (const [i, sums] of watched.entries()) {
        const tensor = tensors[i] as tf.Tensor;
        add(sums, (await tensor.data()) as Float32Array, tensor.shape);
      }
    } finally {
      tf.dispose(tensors);
    }
    return;
  }
  // The executor of loops tells what they make in each turn.
  const { inputs: ports } = runner.signature;
  for (const { key, value } of ports) {
    const tensor = inputs[key] as tf.Tensor;
    const values = await tensor.data();
    for (const sums of watched) if (sums.value === value) add(sums, values as Float32Array, tensor.shape);
  }
  const isInput = new Set(ports.map(({ value }) => nodeOf(value)));
  await runKeepingAll(runner, inputs, async (kept) => {
    for (const { node, index, tensor } of kept) {
      if (isInput.has(node)) continue;
      for (const sums of watched) {
        if (sums.value !== valueId(node, index)) continue;
        add(sums, (await tensor.data()) as Float32Array, tensor.shape);
      }
    }
  });
}

/** In double precision: single would lose the last of many positions. */
function add(sums: Sums, values: Float32Array, shape: readonly number[]): void {
  const axis = shape.length + sums.axis;
  const channels = shape[axis] ?? 1;
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const squares = (sums.squares ??= new Float64Array(channels));
  for (let i = 0; i < values.length; i++) {
    const channel = Math.floor(i / stride) % channels;
    squares[channel] = (squares[channel] as number) + (values[i] as number) ** 2;
  }
}
