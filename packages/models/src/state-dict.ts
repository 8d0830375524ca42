import { fail, nearest, shapeText, valueText, Weight } from '@tfjs-optimize/core';

/**
 * Tensors by their names, as PyTorch's `state_dict()` and safetensors files have them: in PyTorch's layout, until a
 * model is built from them.
 */
export type StateDict = ReadonlyMap<string, Weight>;

/**
 * A tensor of a state dict.
 * @param shape the sizes that it must have; any unless given.
 * @param subject what the tensor is looked for in, for messages: a file, a model.
 * @throws `models/weight` where it is missing, naming the nearest there is, or has other sizes.
 */
export function needTensor(
  state: StateDict,
  name: string,
  shape?: readonly number[],
  subject = 'state dict',
): Weight {
  checkState(state);
  const weight = state.get(name);
  if (weight === undefined) return refuseMissing(name, [...state.keys()], subject);
  const fits =
    shape === undefined ||
    (shape.length === weight.shape.length && shape.every((size, axis) => size === weight.shape[axis]));
  if (!fits) {
    fail('models/weight', {
      subject: `${subject}, tensor '${name}'`,
      expected: `the shape ${shapeText(shape)}`,
      got: shapeText(weight.shape),
      advice: 'See that weights and configuration are of one model',
    });
  }
  return weight;
}

/** The values of a tensor of float32, float16 or bfloat16 as float32; see {@link needTensor}. */
export function needFloats(
  state: StateDict,
  name: string,
  shape?: readonly number[],
  subject = 'state dict',
): Float32Array {
  const weight = needTensor(state, name, shape, subject);
  if (weight.dtype !== 'float32') {
    fail('models/weight', {
      subject: `${subject}, tensor '${name}'`,
      expected: 'floats',
      got: weight.dtype,
    });
  }
  return weight.numbers() as Float32Array;
}

/** @throws `argument/invalid` where a state dict is no map. */
export function checkState(state: unknown): void {
  if (state instanceof Map || (isObject(state) && typeof state['get'] === 'function')) return;
  refuseState(state);
}

/** Throws that a state dict is none. */
export function refuseState(state: unknown): never {
  return fail('argument/invalid', {
    subject: 'state',
    expected: 'a Map of weights by their names',
    got: valueText(state),
    advice: 'Give what readSafetensors or loadWeights reads, or new Map(Object.entries(weights))',
  });
}

/** @throws `argument/invalid` where a value is no weight. */
export function checkWeight(value: unknown, subject: string): asserts value is Weight {
  // Other copies of the package have a class of their own.
  const isOther = isObject(value) && value['bytes'] instanceof Uint8Array && Array.isArray(value['shape']);
  if (value instanceof Weight || isOther) return;
  fail('argument/invalid', {
    subject,
    expected: 'a Weight',
    got: valueText(value),
    advice: 'Make one by Weight.of(values, shape)',
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Throws that a tensor is missing, naming the nearest there is, or what stands before all names: `module.`, `backbone.`. */
export function refuseMissing(name: string, names: readonly string[], subject: string): never {
  return fail('models/weight', {
    subject: `${subject}, tensor '${name}'`,
    expected: 'to be there',
    got: names.length === 0 ? 'no tensors at all' : `none of that name among ${names.length}`,
    advice: adviceOnName(name, names),
  });
}

function adviceOnName(name: string, names: readonly string[]): string {
  const longer = names.find((each) => each.endsWith(`.${name}`));
  if (longer !== undefined) {
    const prefix = longer.slice(0, -name.length);
    const having = names.filter((each) => each.startsWith(prefix)).length;
    const many = having === names.length ? 'All names begin' : `Of ${names.length} names ${having} begin`;
    return `Did you mean '${longer}'? ${many} with '${prefix}': take that off, by new Map([...state].map(([name, weight]) => [name.replace('${prefix}', ''), weight]))`;
  }
  const near = names.find((each) => name.endsWith(`.${each}`)) ?? nearest(name, names);
  return near === undefined
    ? 'See that weights and configuration are of one model'
    : `Did you mean '${near}'?`;
}
