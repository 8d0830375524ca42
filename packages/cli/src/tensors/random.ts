import { fail, randomStream, type Model, type Port, type RandomStream } from '@tfjs-optimize/core';
import type { InputValues } from './files.js';
import { sizeOf, typedValues, type TensorValue } from './value.js';

/** How random inputs are made. */
export interface RandomInputOptions {
  readonly seed: number;
  /** Size of the first dimension where the model leaves it open. */
  readonly batch: number;
  /** Shapes by input key, instead of those of the signature with open sizes filled in. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Range of the values of float inputs; [-1, 1) unless told. */
  readonly range?: readonly [low: number, high: number];
}

/** Integer inputs are usually indices (tokens, classes), of which 0 to 9 exist in every table. */
export const INTEGER_RANGE = 10;

/** Random values for every input of a model, the same for the same seed. */
export function randomInputs(model: Model, options: RandomInputOptions): InputValues {
  for (const key of options.shapes.keys()) {
    if (!model.signature.inputs.some((port) => port.key === key)) {
      fail('argument/invalid', {
        subject: `--shape ${key}=…`,
        expected: `one of the inputs ${model.signature.inputs.map((port) => port.key).join(', ')}`,
        got: `'${key}'`,
      });
    }
  }
  const random = randomStream(options.seed);
  return new Map(model.signature.inputs.map((port) => [port.key, randomValue(port, options, random)]));
}

function randomValue(port: Port, options: RandomInputOptions, random: RandomStream): TensorValue {
  const shape = concreteShape(port, options);
  if (port.dtype === 'string' || port.dtype === 'complex64') {
    fail('argument/missing', {
      subject: `input '${port.key}'`,
      expected: 'values, since random ones are made for numbers only',
      got: `an input of type ${port.dtype}`,
      advice: `Give them with --input ${port.key}=FILE`,
    });
  }
  const [low, high] = options.range ?? [-1, 1];
  const draw = {
    float32: () => low + (high - low) * random(),
    int32: () => Math.floor(random() * INTEGER_RANGE),
    bool: () => (random() < 0.5 ? 0 : 1),
  }[port.dtype];
  return {
    dtype: port.dtype,
    shape,
    values: typedValues(port.dtype, Array.from({ length: sizeOf(shape) }, draw)),
  };
}

/** Sizes to try where the model leaves them open: images are rarely tiny, sequences rarely long. */
const OPEN_IMAGE_SIZE = 224;
const OPEN_SIZE = 16;

function concreteShape(port: Port, options: RandomInputOptions): readonly number[] {
  const told = options.shapes.get(port.key);
  if (told !== undefined) return told;
  if (port.shape === undefined) {
    fail('argument/missing', {
      subject: `input '${port.key}'`,
      expected: 'a shape, since the file does not tell its rank',
      got: 'none',
      advice: `Tell it, as in --shape ${port.key}=1,8, or give values with --input`,
    });
  }
  const channels = port.shape.at(-1) ?? 0;
  const isImage = port.shape.length === 4 && channels >= 1 && channels <= 4;
  const open = isImage ? OPEN_IMAGE_SIZE : OPEN_SIZE;
  return port.shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? options.batch : open));
}
