import type { Shape, ValueId } from '@tfjs-optimize/core';
import { shapeProto, type Fields } from './node-def.js';
import { TYPE_NUMBERS, type TfType } from './types.js';

/** The key under which every loader looks for a signature. */
export const SIGNATURE_KEY = 'serving_default';

/** What TensorFlow calls signatures that turn inputs to outputs. */
const METHOD = 'tensorflow/serving/predict';

/** An input or output of a signature, by its value in the written graph. */
export interface WrittenPort {
  readonly key: string;
  readonly value: ValueId;
  readonly type: TfType;
  readonly shape: Shape | undefined;
}

/** A SignatureDef: keys in the order in which the model has them. */
export function signatureDef(inputs: readonly WrittenPort[], outputs: readonly WrittenPort[]): Fields {
  return { inputs: tensorInfos(inputs), outputs: tensorInfos(outputs), methodName: METHOD };
}

function tensorInfos(ports: readonly WrittenPort[]): Fields {
  return Object.fromEntries(
    ports.map(({ key, value, type, shape }) => [
      key,
      {
        name: value.includes(':') ? value : `${value}:0`,
        dtype: TYPE_NUMBERS[type],
        tensorShape: shapeProto(shape),
      },
    ]),
  );
}
