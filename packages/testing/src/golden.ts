import * as fs from 'node:fs';
import { needShared, sharedDir, type Skippable } from './shared.js';

/** A tensor of a golden file: flat row-major data. `NaN` and infinities are numbers here. */
export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Anything that may stand in the inputs or outputs of a case. */
export type GoldenValue =
  | GoldenTensor
  | number
  | string
  | boolean
  | null
  | readonly GoldenValue[]
  | { readonly [key: string]: GoldenValue };

/** One reference result. */
export interface GoldenCase {
  readonly name: string;
  readonly source: string;
  readonly inputs: Readonly<Record<string, GoldenValue>>;
  readonly outputs: Readonly<Record<string, GoldenValue>>;
}

/** Reference results of a well-known implementation; read its notes first. */
export interface GoldenFile {
  readonly topic: string;
  readonly source: string;
  readonly notes: readonly string[];
  readonly cases: readonly GoldenCase[];
}

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function readGolden(file: string): GoldenFile {
  return JSON.parse(fs.readFileSync(file, 'utf8'), (_key, value: unknown) =>
    typeof value === 'string' && Object.hasOwn(SPECIAL, value) ? SPECIAL[value] : value,
  ) as GoldenFile;
}

/** Reads `golden/<name>.json` of the shared folder, or undefined when it is not there. */
export function golden(name: string): GoldenFile | undefined {
  const file = sharedDir('golden', `${name}.json`);
  return file === undefined ? undefined : readGolden(file);
}

/** Like {@link golden}, for a `before`: skips, visibly counted, when the file is not there. */
export function needGolden(context: Skippable, name: string): GoldenFile {
  return readGolden(needShared(context, 'golden', `${name}.json`));
}

/** True when a golden value is a tensor. */
export function isGoldenTensor(value: GoldenValue | undefined): value is GoldenTensor {
  return (
    typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value
  );
}

/** The tensor of that name in a case's inputs or outputs; an error names what is there instead. */
export function goldenTensor(values: Readonly<Record<string, GoldenValue>>, name: string): GoldenTensor {
  const value = values[name];
  if (!isGoldenTensor(value)) {
    throw new Error(`golden value ${name}: expected a tensor, got one of ${Object.keys(values).join(', ')}`);
  }
  return value;
}
