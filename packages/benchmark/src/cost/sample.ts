import * as tf from '@tensorflow/tfjs';
import { fail, type Model, type Port } from '@tfjs-optimize/core';

/**
 * Zeros for every input of a model, of the sizes that it tells; an open batch size is 1.
 * @throws `model/input` where other sizes are open, with a shape to try; `argument/missing` for strings.
 */
export function zerosFor({ signature }: Model): tf.Tensor[] {
  const shapes = signature.inputs.map(concreteShape);
  return signature.inputs.map(({ dtype }, i) => tf.zeros(shapes[i] as number[], dtype));
}

function concreteShape(port: Port): number[] {
  const { key, dtype, shape } = port;
  if (dtype === 'string') {
    fail('argument/missing', { subject: `input '${key}'`, expected: 'a sample', got: 'none for strings' });
  }
  const isKnown = shape !== undefined && shape.every((size, axis) => size >= 0 || axis === 0);
  if (!isKnown) failOpen(port);
  return shape.map((size) => (size < 0 ? 1 : size));
}

function failOpen({ key, shape }: Port): never {
  const got =
    shape === undefined ? 'an unknown rank' : `[${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`;
  const suggestion = suggestShape(shape).join(',');
  return fail('model/input', {
    subject: `input '${key}'`,
    expected: 'sizes that are all known, to run the model once',
    got,
    advice: `Give a sample as the second argument or, on the command line, a shape such as --shape ${key}=${suggestion}`,
  });
}

/** Sizes that models of the same look often have. */
export function suggestShape(shape: readonly number[] | undefined): number[] {
  if (shape === undefined) return [1, 8];
  const channels = shape.at(-1) ?? 0;
  const isImage = shape.length === 4 && channels >= 1 && channels <= 4;
  return shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? 1 : isImage ? 224 : 16));
}
