import { isJsonObject } from './graph/json-attr.js';
import type { Model } from './model.js';

/** Under this key of `userDefinedMetadata` stand `{inputs, outputs}`: `{scale, zeroPoint}` by key of int8 ports. */
export const INT8_PORTS_KEY = 'tfjsOptimizeInt8';

/** What int8 values stand for: real = (value − zeroPoint) · scale. */
export interface Int8Port {
  /** Above 0. */
  readonly scale: number;
  /** From -128 to 127. */
  readonly zeroPoint: number;
}

/** Inputs and outputs of a model that are int32 tensors of int8 values, by key. */
export interface Int8Ports {
  readonly inputs: ReadonlyMap<string, Int8Port>;
  readonly outputs: ReadonlyMap<string, Int8Port>;
}

/** The int8 ports that a model's metadata tell of; what says no scale and zero point is left out. */
export function int8Ports({ extras }: Pick<Model, 'extras'>): Int8Ports {
  const told = extras.userDefinedMetadata?.[INT8_PORTS_KEY];
  const { inputs, outputs } = isJsonObject(told) ? told : {};
  return { inputs: portsIn(inputs), outputs: portsIn(outputs) };
}

function portsIn(told: unknown): ReadonlyMap<string, Int8Port> {
  const found = new Map<string, Int8Port>();
  for (const [key, port] of Object.entries(isJsonObject(told) ? told : {})) {
    const { scale, zeroPoint } = isJsonObject(port) ? port : {};
    if (typeof scale !== 'number' || !(scale > 0) || !Number.isFinite(scale)) continue;
    if (typeof zeroPoint !== 'number' || !Number.isInteger(zeroPoint) || Math.abs(zeroPoint) > 128) continue;
    found.set(key, { scale, zeroPoint });
  }
  return found;
}
