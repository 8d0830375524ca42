import { fail, int8Ports, randomStream, type Model, type Port, type RandomStream } from '@tfjs-optimize/core';
import { shapeText } from '../terminal/numbers.js';
import type { InputValues } from './files.js';
import { sizeOf, type TensorValue } from './value.js';

/** How random inputs are made. */
export interface RandomInputOptions {
  readonly seed: number;
  /** Size of the first dimension where the model leaves it open; 1 unless told. */
  readonly batch?: number;
  /** Shapes by input key, instead of those of the signature with open sizes filled in. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Range of the values of float inputs; [-1, 1) unless told. */
  readonly range?: readonly [low: number, high: number];
}

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
  refuseFixedBatch(model.signature.inputs, options);
  const random = randomStream(options.seed);
  const kindOf = integerKinds(model);
  return new Map(
    model.signature.inputs.map((port) => [port.key, randomValue(port, kindOf(port), options, random)]),
  );
}

function randomValue(
  port: Port,
  integers: Integers,
  options: RandomInputOptions,
  random: RandomStream,
): TensorValue {
  const shape = concreteShape(port, options);
  if (port.dtype === 'string' || port.dtype === 'complex64') {
    fail('argument/missing', {
      subject: `input '${port.key}'`,
      expected: 'values, since random ones are made for numbers only',
      got: `an input of type ${port.dtype}`,
      advice: `Give them with --input ${port.key}=FILE`,
    });
  }
  const [low, high] = options.range ?? FLOAT_RANGE;
  const draw = {
    float32: () => low + (high - low) * random(),
    int32: () => integers.least + Math.floor(random() * (integers.most - integers.least + 1)),
    bool: () => (random() < 0.5 ? 0 : 1),
  }[port.dtype];
  const values = new ARRAYS[port.dtype](checkedSize(port, shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return { dtype: port.dtype, shape, values };
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Elements of a random input at most: 256 MiB of float32. Larger ones come of a slip of the finger. */
const MOST_ELEMENTS = 2 ** 26;

function checkedSize(port: Port, shape: readonly number[]): number {
  const size = sizeOf(shape);
  if (size <= MOST_ELEMENTS) return size;
  return fail('argument/invalid', {
    subject: `random input '${port.key}'`,
    expected: `at most ${MOST_ELEMENTS} values`,
    got: `${size} for ${shapeText(shape)}`,
    advice: 'Choose a smaller --batch or --shape, or give values with --input',
  });
}

/** Range of floats unless told. */
const FLOAT_RANGE: readonly [number, number] = [-1, 1];

/** Which integers an input may be given. */
interface Integers {
  readonly least: number;
  readonly most: number;
  readonly why: string;
}

const INT8: Integers = { least: -128, most: 127, why: 'as int8 values' };
const PIXELS: Integers = { least: 0, most: 255, why: 'as pixels' };
const INDICES: Integers = { least: 0, most: 9, why: 'which every table of tokens or classes has' };

/**
 * Integers are int8 values where the model was quantized to take them, pixels where the input is an image, and otherwise
 * indices of tokens or classes.
 */
function integerKinds(model: Model): (port: Port) => Integers {
  const int8 = int8Ports(model).inputs;
  return (port) => (int8.has(port.key) ? INT8 : isImage(port) ? PIXELS : INDICES);
}

/** Sizes to try where the model leaves them open: images are rarely tiny, sequences rarely long. */
const OPEN_IMAGE_SIZE = 224;
const OPEN_SIZE = 16;

/** A shape with the look of an image: four sizes, of which the last is a usual number of channels. */
function isImage({ shape }: Port): boolean {
  const channels = shape?.at(-1) ?? 0;
  return shape?.length === 4 && channels >= 1 && channels <= 4;
}

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
  const open = isImage(port) ? OPEN_IMAGE_SIZE : OPEN_SIZE;
  return port.shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? (options.batch ?? 1) : open));
}

/** A batch that was asked for and that no input can have would otherwise be dropped without a word. */
function refuseFixedBatch(ports: readonly Port[], { batch, shapes }: RandomInputOptions): void {
  if (batch === undefined) return;
  const fits = ({ key, shape }: Port): boolean => {
    const [first = 0] = shapes.get(key) ?? shape ?? [-1];
    return first === batch || first < 0;
  };
  if (ports.some(fits)) return;
  fail('argument/invalid', {
    subject: `--batch ${batch}`,
    expected: 'an input whose first size the model leaves open',
    got: ports.map((port) => `${port.key} ${shapeText(shapes.get(port.key) ?? port.shape)}`).join(', '),
    advice: 'Leave --batch out: the inputs of this model have one batch size',
  });
}

/** What the values of random inputs are and why: `floats in [-1, 1)`, one phrase for each kind. */
export function drawnFrom(model: Model, { range }: Pick<RandomInputOptions, 'range'>): string[] {
  const kindOf = integerKinds(model);
  const [low, high] = range ?? FLOAT_RANGE;
  const phrases = model.signature.inputs.map((port) => {
    if (port.dtype === 'float32') return `floats in [${low}, ${high})`;
    if (port.dtype === 'bool') return 'true or false';
    const integers = kindOf(port);
    const comma = integers === INDICES ? ',' : '';
    return `integers from ${integers.least} to ${integers.most}${comma} ${integers.why}`;
  });
  return [...new Set(phrases)];
}

/** The sizes of random inputs that neither the model nor the user gave, and how to give them. */
export function assumedSizes(ports: readonly Port[], { batch, shapes }: RandomInputOptions): string[] {
  const open = ports.filter(({ key }) => !shapes.has(key));
  const isBatchOpen = batch === undefined && open.some(({ shape }) => (shape?.[0] ?? 0) < 0);
  const others = open.flatMap((port) => {
    const axes = (port.shape ?? []).flatMap((size, axis) => (size < 0 && axis > 0 ? [axis] : []));
    if (axes.length === 0) return [];
    const sizes = concreteShape(port, { seed: 0, shapes, ...(batch === undefined ? {} : { batch }) });
    const what = isImage(port) ? `${OPEN_IMAGE_SIZE}, as images often have,` : `${OPEN_SIZE}, as a guess,`;
    const where = `the open ${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(' and ')} of ${port.key}`;
    return [`size ${what} for ${where}; --shape ${port.key}=${sizes.join(',')} sets it`];
  });
  return [...(isBatchOpen ? ['batch size 1; --batch sets it'] : []), ...others];
}
