import * as tf from '@tensorflow/tfjs';
import { INTEGER_OPS, referenceKernel } from '@tfjs-optimize/runtime/reference';
import type { Instruction, Program } from '../plan/program.js';
import { reshaped } from '../planners/moves.js';

/** Runs a program op by op by their references, on any backend. */
export function interpret(program: Program, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  return tf.tidy(() => {
    const values = [...inputs];
    for (const instruction of program.instructions) {
      values.push(
        step(
          instruction,
          instruction.inputs.map((value) => values[value] as tf.Tensor),
        ),
      );
    }
    return program.outputs.map((value) => values[value] as tf.Tensor);
  });
}

function step({ op, attrs, constants }: Instruction, inputs: readonly tf.Tensor[]): tf.Tensor {
  const [x] = inputs as [tf.Tensor];
  switch (op) {
    case 'Narrow':
    case 'Spread':
      return tf.clone(x);
    case 'Constant': {
      const { data, shape } = constants['value'] as { data: Int8Array; shape: readonly number[] };
      return tf.tensor(Int32Array.from(data), [...shape], 'int32');
    }
    case 'Reshape':
      return tf.reshape(x, [...(reshaped(x.shape, attrs) ?? x.shape)]);
    case 'Concat':
      return tf.concat([...inputs], (attrs as { axis: number }).axis);
    case 'Pad': {
      const { paddings, zero } = attrs as { paddings: [number, number][]; zero: number };
      return tf.pad(x, paddings, zero);
    }
    case 'Transpose':
      return tf.transpose(x, [...(attrs as { perm: readonly number[] }).perm]);
    case 'Slice': {
      const { begin, size } = attrs as { begin: number[]; size: number[] };
      return tf.slice(x, begin, size);
    }
    default:
      return byReference({ op, attrs, constants }, inputs);
  }
}

function byReference(
  { op: name, attrs, constants }: Omit<Instruction, 'inputs'>,
  inputs: readonly tf.Tensor[],
): tf.Tensor {
  const op = INTEGER_OPS.find((one) => one.name === name);
  if (op === undefined) throw new Error(`${name}: expected an integer op`);
  const moving = [...inputs];
  const named: tf.NamedTensorMap = {};
  for (const port of op.inputs) {
    const constant = constants[port];
    if (constant !== undefined) {
      const values = constant.data instanceof Int8Array ? Int32Array.from(constant.data) : constant.data;
      const dtype = values instanceof Float32Array ? 'float32' : 'int32';
      named[port] = tf.tensor(values, [...constant.shape], dtype);
    } else if (moving.length > 0) named[port] = moving.shift() as tf.Tensor;
  }
  return referenceKernel(op)({
    inputs: named,
    attrs: attrs as tf.NamedAttrMap,
    backend: tf.backend(),
  }) as tf.Tensor;
}
