import {
  fail,
  nearest,
  type JsonObject,
  type Model,
  type Pass,
  type PassFactories,
} from '@tfjs-optimize/core';
import {
  candidateLayers,
  checkWeightsOptions,
  WEIGHTS_PASS,
  withQuantizedWeights,
  type QuantizeWeightsOptions,
} from './quantize-weights.js';

/** Options of {@link quantizeWeightsPass}: those of `quantizeWeights`, with layers by name. */
export interface QuantizeWeightsPassOptions extends Omit<QuantizeWeightsOptions, 'include' | 'exclude'> {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** `quantizeWeights` as a step of a pipeline. Inside `guard` it leaves out the layers that lose most. */
export function quantizeWeightsPass(options: QuantizeWeightsPassOptions): Pass {
  checkWeightsOptions(options);
  const given: object = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  return {
    name: WEIGHTS_PASS,
    options: given as JsonObject,
    takes: 'float',
    narrow: {
      candidates: (model) => candidateLayers(model, options),
      without: (excluded) =>
        quantizeWeightsPass({ ...options, exclude: [...(options.exclude ?? []), ...excluded] }),
    },
    run: (model) => {
      const { model: next, notes } = withQuantizedWeights(model as Model<'float'>, options);
      return Promise.resolve({ model: next, changed: next !== model, notes });
    },
  };
}

const OPTIONS: Readonly<Record<keyof QuantizeWeightsPassOptions, (value: unknown) => boolean>> = {
  scheme: () => true,
  leastElements: () => true,
  include: isNames,
  exclude: isNames,
};

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** The pass for recipes. */
export const weightsPasses: PassFactories = {
  [WEIGHTS_PASS]: (options) => {
    for (const [key, value] of Object.entries(options)) {
      const fits = Object.hasOwn(OPTIONS, key) ? OPTIONS[key as keyof typeof OPTIONS] : undefined;
      if (fits?.(value) === true) continue;
      const near = fits === undefined ? nearest(key, Object.keys(OPTIONS)) : undefined;
      fail('argument/invalid', {
        subject: `${WEIGHTS_PASS}: ${key}`,
        expected: fits === undefined ? `one of ${Object.keys(OPTIONS).join(', ')}` : 'a list of names',
        got: fits === undefined ? 'an option of another name' : JSON.stringify(value),
        ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
      });
    }
    return quantizeWeightsPass(options as unknown as QuantizeWeightsPassOptions);
  },
};
