import {
  checkOptions as coreOptions,
  fail,
  nearest,
  type Context,
  type Json,
  type JsonObject,
  type Model,
  type Pass,
  type PassFactories,
} from '@tfjs-optimize/core';
import { correctBias } from '../bias-correction/correct.js';
import type { CalibrationData } from '../calibrate/data.js';
import { rangesFact } from '../calibrate/ranges.js';
import { unknownNames } from '../select.js';
import { chooseUnits } from './choose.js';
import { convertStatic, type ConvertOptions } from './convert.js';
import { readUnits } from './read.js';
import { splitActivations } from './split.js';
import { isCompute } from './units.js';

/** Options of {@link staticPass}: those of `convertStatic`, with layers by name. */
export interface StaticPassOptions extends Omit<ConvertOptions, 'include' | 'exclude'> {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /**
   * The name under which data are given to the run of passes: biases of what becomes integer are corrected over them first,
   * see `correctBias`. They are not unless told. Data must be such as can be read again: `guard` tries the pass many times.
   */
  readonly correctBias?: string;
}

const NAME = 'quantization/static';
const SPLIT = 'quantization/split-activations';

/**
 * Makes the integer model of a calibrated one (`quantization/calibrate` in front of it); see `convertStatic`. Inside `guard`
 * it leaves those layers float that lose most.
 */
export function staticPass(options: StaticPassOptions = {}): Pass {
  checkOptions(options as JsonObject);
  return {
    name: NAME,
    options: { ...options },
    takes: 'float',
    needs: [rangesFact],
    drops: [rangesFact],
    asks: options.correctBias === undefined ? [] : [options.correctBias],
    check: (model) => unknownNames(model, options),
    narrow: {
      candidates: (model) => candidatesOf(model, options),
      without: (excluded) => staticPass({ ...options, exclude: [...(options.exclude ?? []), ...excluded] }),
    },
    run: async (model, context) => {
      const { correctBias: data, ...how } = options;
      const { values } = model.facts.need(rangesFact);
      const corrected = data === undefined ? model : await withCorrectedBiases(model, data, how, context);
      const result = convertStatic(corrected, (value) => values.get(value), how);
      return result.changed ? result : { ...result, model };
    },
  };
}

function withCorrectedBiases(
  model: Model,
  data: string,
  { include, exclude, granularity, scaleType }: StaticPassOptions,
  { inputs, seed, signal, progress }: Context,
): Promise<Model> {
  return correctBias(model, {
    ...{ data: inputs.need<CalibrationData>(data), seed, include, exclude, progress },
    ...(granularity !== undefined && { granularity }),
    ...(scaleType !== undefined && { scaleType }),
    ...(signal !== undefined && { signal }),
  });
}

/** Nodes of the convolutions and products that would become integer. */
function candidatesOf(model: Model, options: StaticPassOptions): readonly string[] {
  const { values } = model.facts.need(rangesFact);
  const ranges = (value: string): ReturnType<typeof values.get> => values.get(value);
  const { io = 'float', include, exclude } = options;
  const { units } = chooseUnits(model, readUnits(model), { io, include, exclude, ranges });
  return units.filter(isCompute).map(({ node }) => node.name);
}

/** Takes activations out of fused nodes that integer ops do not apply; it belongs in front of calibration. */
export function splitActivationsPass(): Pass {
  return {
    name: SPLIT,
    options: {},
    takes: 'float',
    run: (model) => {
      const next = splitActivations(model);
      return Promise.resolve({ model: next, changed: next !== model, notes: [] });
    },
  };
}

const isNames = (value: Json | undefined): boolean =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');
const oneOf =
  (...words: readonly string[]) =>
  (value: Json | undefined): boolean =>
    words.includes(value as string);

const OPTIONS: Readonly<Record<string, { expected: string; fits: (value: Json | undefined) => boolean }>> = {
  io: { expected: "'float' or 'int8'", fits: oneOf('float', 'int8') },
  granularity: { expected: "'channel' or 'tensor'", fits: oneOf('channel', 'tensor') },
  scaleType: { expected: "'float32' or 'bfloat16'", fits: oneOf('float32', 'bfloat16') },
  include: { expected: 'a list of names', fits: isNames },
  exclude: { expected: 'a list of names', fits: isNames },
  correctBias: { expected: 'the name of data', fits: (value) => typeof value === 'string' && value !== '' },
};

function checkOptions(options: JsonObject): void {
  for (const [key, value] of Object.entries(options)) {
    const known = Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
    if (value === undefined || known?.fits(value) === true) continue;
    const near = known === undefined ? nearest(key, Object.keys(OPTIONS)) : undefined;
    fail('argument/invalid', {
      subject: `${NAME}: ${key}`,
      expected: known?.expected ?? `one of ${Object.keys(OPTIONS).join(', ')}`,
      got: known === undefined ? 'an option of another name' : JSON.stringify(value),
      ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
    });
  }
}

/** The passes for recipes. */
export const staticPasses: PassFactories = {
  [NAME]: (options) => staticPass(options),
  [SPLIT]: (options) => {
    coreOptions(options, {}, { where: SPLIT });
    return splitActivationsPass();
  },
};
