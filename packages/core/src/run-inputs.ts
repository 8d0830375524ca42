import * as tf from '@tensorflow/tfjs';
import { fail } from './errors.js';
import type { Int8Ports } from './int8-ports.js';
import type { ModelInputs } from './model.js';
import { valueText } from './options.js';
import type { Port, Signature } from './signature.js';
import { shapeText } from './text/shape.js';

/**
 * Checks inputs against a signature before any work is done and gives them by input key.
 * @param int8 inputs that are int8 values, as {@link int8Ports} tells: the error tells how floats become such.
 * @throws `model/input` naming the input, its shape and type, and what was given.
 */
export function checkInputs(
  signature: Signature,
  inputs: ModelInputs,
  int8?: Int8Ports['inputs'],
): Record<string, tf.Tensor> {
  const ports = signature.inputs;
  const given = byKey(ports, inputs);
  for (const port of ports) checkInput(port, given[port.key] as tf.Tensor, int8);
  return given;
}

function byKey(ports: readonly Port[], inputs: ModelInputs): Record<string, tf.Tensor> {
  if (inputs instanceof tf.Tensor || Array.isArray(inputs)) {
    const list = (Array.isArray(inputs) ? inputs : [inputs]) as readonly tf.Tensor[];
    if (list.length !== ports.length) {
      fail('model/input', {
        subject: 'inputs',
        expected: `${ports.length} tensors (${ports.map(describePort).join('; ')})`,
        got: `${list.length}`,
      });
    }
    return Object.fromEntries(ports.map((port, i) => [port.key, list[i] as tf.Tensor]));
  }
  if (typeof inputs !== 'object' || inputs === null) {
    fail('model/input', {
      subject: 'inputs',
      expected: `a tensor, a list, or tensors by key (${ports.map(describePort).join('; ')})`,
      got: valueText(inputs),
    });
  }
  const named = inputs as Readonly<Record<string, tf.Tensor>>;
  const keys = new Set(ports.map((port) => port.key));
  const unknown = Object.keys(named).find((key) => !keys.has(key));
  const missing = ports.find((port) => !Object.hasOwn(named, port.key));
  if (unknown !== undefined || missing !== undefined) {
    fail('model/input', {
      subject: 'inputs',
      expected: `the keys ${[...keys].map((key) => `'${key}'`).join(', ')}`,
      got:
        Object.keys(named)
          .map((key) => `'${key}'`)
          .join(', ') || 'none',
    });
  }
  return { ...named };
}

function checkInput(port: Port, tensor: tf.Tensor, int8: Int8Ports['inputs'] | undefined): void {
  const subject = `input '${port.key}'`;
  const expected = `a tensor of ${describeShape(port)} ${port.dtype}`;
  if (!(tensor instanceof tf.Tensor)) {
    fail('model/input', { subject, expected, got: tensor === null ? 'null' : typeof tensor });
  }
  const fits =
    port.shape === undefined ||
    (port.shape.length === tensor.rank &&
      port.shape.every((size, i) => size === -1 || size === tensor.shape[i]));
  if (!fits || tensor.dtype !== port.dtype) {
    fail('model/input', {
      subject,
      expected,
      got: `${shapeText(tensor.shape)} ${tensor.dtype}`,
      advice: fits ? conversion(port, tensor, int8) : '-1 stands for any size',
    });
  }
}

/** How a tensor of another type becomes what a port takes. A cast would cut off what int8 values stand for by a scale. */
function conversion(
  { key, dtype }: Port,
  { dtype: given }: tf.Tensor,
  int8: Int8Ports['inputs'] | undefined,
): string {
  const port = int8?.get(key);
  if (port === undefined || given !== 'float32') return `Convert it with .cast('${dtype}')`;
  const { scale, zeroPoint } = port;
  return `It takes int8 values, which stand for (value - ${zeroPoint}) * ${scale}: convert it with .div(${scale}).round().add(${zeroPoint}).clipByValue(-128, 127).cast('int32')`;
}

function describePort(port: Port): string {
  return `'${port.key}' ${describeShape(port)} ${port.dtype}`;
}

function describeShape(port: Port): string {
  return port.shape === undefined ? '[any shape]' : `[${port.shape.join(',')}]`;
}
