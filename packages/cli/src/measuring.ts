import {
  backend,
  executorOf,
  isOptimizeError,
  type BackendName,
  type BackendReport,
  type Model,
} from '@tfjs-optimize/core';
import { withTensors } from './compare/fetch.js';
import { readInputs, type InputValues } from './tensors/files.js';
import { INTEGER_RANGE, randomInputs } from './tensors/random.js';
import { shapeText } from './terminal/numbers.js';

/** Options of commands that run a model. */
export interface MeasuringOptions {
  readonly backend: 'auto' | BackendName;
  readonly seed?: number;
  readonly input?: readonly string[];
  readonly batch: number;
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly range?: readonly [number, number];
}

/** The seed where nobody gives one. */
export const DEFAULT_SEED = 1;

/** Starts the backend asked for. */
export function startBackend(options: MeasuringOptions): Promise<BackendReport> {
  return backend.use(options.backend);
}

/** The values that `--input` names, or random ones. */
export function inputsFor(model: Model, options: MeasuringOptions): Promise<InputValues> {
  if (options.input !== undefined) return readInputs(options.input, model.signature.inputs);
  const { seed = DEFAULT_SEED, batch, range } = options;
  const shapes = options.shape ?? new Map<string, readonly number[]>();
  return Promise.resolve(
    randomInputs(model, { seed, batch, shapes, ...(range === undefined ? {} : { range }) }),
  );
}

/** Where the inputs come from, in words. */
export function inputsInWords(inputs: InputValues, options: MeasuringOptions): string {
  const shapes = [...inputs].map(([key, value]) => `${key} ${shapeText(value.shape)}`).join(', ');
  if (options.input !== undefined) return `${shapes} from ${options.input.join(', ')}`;
  const [low, high] = options.range ?? [-1, 1];
  const types = new Set([...inputs.values()].map(({ dtype }) => dtype));
  const kinds = [
    `seed ${options.seed ?? DEFAULT_SEED}`,
    ...(types.has('float32') ? [`floats in [${low}, ${high})`] : []),
    ...(types.has('int32') ? [`integers below ${INTEGER_RANGE}`] : []),
  ];
  return `${shapes}, random (${kinds.join(', ')})`;
}

/** Inputs to measure on, or why there are none. */
export type Trial =
  | { readonly inputs: InputValues; readonly why?: undefined }
  | { readonly inputs?: undefined; readonly why: string };

/**
 * Inputs on which a model has been seen to run. A model that cannot be run here (an op of the user's
 * own, an input whose sizes are open) can still be read and saved; only when the user said what to run
 * it on, a failure is an error.
 */
export async function tryInputs(model: Model, options: MeasuringOptions): Promise<Trial> {
  try {
    const inputs = await inputsFor(model, options);
    await withTensors(inputs, async (tensors) => {
      for (const output of await executorOf(model).runAsync(tensors)) output.dispose();
    });
    return { inputs };
  } catch (error) {
    const asked = options.input !== undefined || options.shape !== undefined;
    if (asked || !isOptimizeError(error) || error.code === 'internal') throw error;
    return { why: error.message };
  }
}
