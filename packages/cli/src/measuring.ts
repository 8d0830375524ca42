import {
  backend,
  executorOf,
  fail,
  isOptimizeError,
  type BackendName,
  type BackendReport,
  type Model,
} from '@tfjs-optimize/core';
import { withTensors } from './compare/fetch.js';
import { readInputs, type InputValues } from './tensors/files.js';
import { firstRows } from './tensors/value.js';
import { assumedSizes, drawnFrom, randomInputs, type RandomInputOptions } from './tensors/random.js';
import { shapeText } from './terminal/numbers.js';

/** What `--backend` may name, outside of browsers. */
export type BackendChoice = 'auto' | BackendName;

/** Options of commands that run a model. */
export interface MeasuringOptions {
  readonly backend: BackendChoice;
  readonly seed?: number;
  readonly input?: readonly string[];
  /** Files of examples, whose first ones are inputs where nobody names any. */
  readonly data?: readonly string[];
  readonly batch?: number;
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly range?: readonly [number, number];
}

/** The seed where nobody gives one. */
export const DEFAULT_SEED = 1;

/** Starts the backend asked for. */
export function startBackend(options: MeasuringOptions): Promise<BackendReport> {
  return backend.use(options.backend);
}

/** The values that `--input` names, the first of `--data`, or random ones. */
export async function inputsFor(model: Model, options: MeasuringOptions): Promise<InputValues> {
  const ports = model.signature.inputs;
  if (options.input !== undefined) return readInputs(options.input, ports);
  const { data, batch = 1 } = options;
  if (!isFromData(options) || data === undefined) return randomInputs(model, randomOptions(options));
  const values = await readInputs(data, ports, '--data');
  return new Map(
    [...values].map(([key, value]) => {
      const fixed = ports.find((port) => port.key === key)?.shape?.[0] ?? -1;
      return [key, firstRows(value, fixed > 0 ? fixed : batch)];
    }),
  );
}

/** Whether inputs are the first examples of `--data`. */
function isFromData({ input, data, shape, range }: MeasuringOptions): boolean {
  return data !== undefined && [input, shape, range].every((each) => each === undefined);
}

function randomOptions({ seed = DEFAULT_SEED, batch, shape, range }: MeasuringOptions): RandomInputOptions {
  return {
    seed,
    shapes: shape ?? new Map<string, readonly number[]>(),
    ...(batch === undefined ? {} : { batch }),
    ...(range === undefined ? {} : { range }),
  };
}

/** Inputs for people and for JSON. */
export interface InputsInWords {
  /** Keys and shapes, and where the values come from. */
  readonly inputs: string;
  /** Sizes that were made up, since neither the model nor the user gave them. */
  readonly assumed: readonly string[];
}

/** What a model was run on, in words. */
export function inputsInWords(model: Model, values: InputValues, options: MeasuringOptions): InputsInWords {
  const shapes = [...values].map(([key, { shape }]) => `${key} ${shapeText(shape)}`).join(', ');
  if (options.input !== undefined) {
    return { inputs: `${shapes} from ${options.input.join(', ')}`, assumed: [] };
  }
  if (isFromData(options))
    return { inputs: `${shapes}, the first of ${options.data?.join(', ')}`, assumed: [] };
  const random = randomOptions(options);
  const kinds = [`seed ${random.seed}`, ...drawnFrom(model, random)].join(', ');
  return { inputs: `${shapes}, random (${kinds})`, assumed: assumedSizes(model.signature.inputs, random) };
}

/** The same as sentences of a report. */
export function inputRemarks({ inputs, assumed }: InputsInWords): string[] {
  return [`Inputs: ${inputs}.`, ...assumed.map((text) => `Assumed: ${text}.`)];
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
    await blamingInputs(model, options, () => runOnce(model, inputs));
    return { inputs };
  } catch (error) {
    const { input, shape, batch } = options;
    const asked = input !== undefined || shape !== undefined || batch !== undefined;
    if (asked || !isOptimizeError(error) || error.code === 'internal') throw error;
    return { why: error.message };
  }
}

function runOnce(model: Model, inputs: InputValues): Promise<void> {
  return withTensors(inputs, async (tensors) => {
    for (const output of await executorOf(model).runAsync(tensors)) output.dispose();
  });
}

/**
 * Does work that runs a model. Where that fails at the batch size that the user asked for, and the model
 * runs at 1, or with sizes that nobody gave, the error says so: what TensorFlow.js says is about shapes deep
 * in the graph.
 */
export async function blamingInputs<T>(
  model: Model,
  options: MeasuringOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOptimizeError(error) || error.code !== 'model/run' || options.input !== undefined) throw error;
    await blameBatch(model, options, error);
    blameAssumed(model, options, error);
    throw error;
  }
}

async function blameBatch(model: Model, options: MeasuringOptions, error: Error): Promise<void> {
  const { batch = 1 } = options;
  if (batch === 1) return;
  const runsAtOne = await runOnce(model, await inputsFor(model, { ...options, batch: 1 })).then(
    () => true,
    () => false,
  );
  if (!runsAtOne) return;
  fail('model/run', {
    subject: `--batch ${batch}`,
    expected: 'a batch size at which the model runs',
    got: causeText(error),
    advice: 'It runs at --batch 1, so its graph takes one example at a time',
    cause: error.cause ?? error,
  });
}

function blameAssumed(model: Model, options: MeasuringOptions, error: Error): void {
  const { batch = 1 } = options;
  const assumed = assumedSizes(model.signature.inputs, randomOptions({ ...options, batch }));
  if (assumed.length === 0) return;
  fail('model/run', {
    subject: 'random inputs',
    expected: 'sizes at which the model runs',
    got: causeText(error),
    advice: `Assumed was ${assumed.join('; ')}`,
    cause: error.cause ?? error,
  });
}

function causeText({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message : message;
}
