import { backend, type Model, type Port } from '@tfjs-optimize/core';
import { readInputs, type InputValues } from './tensors/files.js';
import { randomInputs } from './tensors/random.js';

/** Options of commands that run a model. */
export interface MeasuringOptions {
  readonly backend: string;
  readonly seed: number;
  readonly input?: readonly string[];
  readonly batch: number;
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly range?: readonly [number, number];
}

/** The values that `--input` names, or random ones. */
export function inputsFor(model: Model, options: MeasuringOptions): Promise<InputValues> {
  if (options.input !== undefined) return readInputs(options.input, model.signature.inputs);
  const { seed, batch, range } = options;
  const shapes = options.shape ?? new Map<string, readonly number[]>();
  return Promise.resolve(
    randomInputs(model, { seed, batch, shapes, ...(range === undefined ? {} : { range }) }),
  );
}

/** Where the inputs come from, in words. */
export function inputsInWords(options: MeasuringOptions): string {
  if (options.input !== undefined) return options.input.join(', ');
  const [low, high] = options.range ?? [-1, 1];
  return `random, seed ${options.seed}, floats in [${low}, ${high})`;
}

/** Ports in one line: `image float32 [?, 224, 224, 3]`. */
export function portsInWords(ports: readonly Port[], shapeOf: (port: Port) => string): string {
  return ports.map((port) => `${port.key} ${port.dtype} ${shapeOf(port)}`).join(', ');
}
