import {
  fail,
  groupByLayer,
  isModel,
  nearest,
  parameterNames,
  type Model,
  type Weight,
} from '@tfjs-optimize/core';

/** A weight with its name and layer. */
export interface ChosenWeight {
  readonly name: string;
  readonly layer: string;
  readonly weight: Weight;
}

/**
 * The weights of some names, each that of a weight or of a layer (then all its parameters of two axes and
 * more); all parameters of two axes and more unless names are given.
 * @throws `argument/invalid` for a name that is neither, or of a weight that holds no real numbers.
 */
export function chooseWeights(model: Model, names: readonly string[] | undefined): ChosenWeight[] {
  if (!isModel(model)) {
    fail('argument/invalid', {
      subject: 'weights',
      expected: 'a Model of the core package',
      got: 'something else',
      advice: 'Load or trace it with loadModel',
    });
  }
  const parameters = parameterNames(model);
  const all = groupByLayer(model).flatMap(({ name: layer, weights }) =>
    weights.map((name): ChosenWeight => ({ name, layer, weight: model.weights.need(name) })),
  );
  const kernels = all.filter(
    ({ name, weight }) => parameters.has(name) && weight.shape.length >= 2 && weight.dtype === 'float32',
  );
  if (names === undefined) return kernels;
  return names.flatMap((wanted) => {
    const named = all.find(({ name }) => name === wanted);
    if (named !== undefined) return [requireNumbers(named)];
    const own = kernels.filter(({ layer }) => layer === wanted);
    return own.length > 0 ? own : failUnknown(wanted, all);
  });
}

function requireNumbers(chosen: ChosenWeight): ChosenWeight {
  const { name, weight } = chosen;
  if (weight.dtype !== 'string' && weight.dtype !== 'complex64') return chosen;
  return fail('argument/invalid', {
    subject: `weight '${name}'`,
    expected: 'real numbers',
    got: weight.dtype,
  });
}

function failUnknown(wanted: string, all: readonly ChosenWeight[]): never {
  const known = [...new Set(all.flatMap(({ name, layer }) => [name, layer]))];
  const near = nearest(wanted, known);
  return fail('argument/invalid', {
    subject: `'${wanted}'`,
    expected: 'the name of a weight, or of a layer with weights of two axes and more',
    got: 'neither',
    ...(near === undefined ? {} : { advice: `Did you mean '${near}'?` }),
  });
}
