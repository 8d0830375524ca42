import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { fail, type Port } from '@tfjs-optimize/core';
import { fromJson, isTensorJson } from './json.js';
import { readNpy } from './npy.js';
import type { TensorValue } from './value.js';

/** Inputs by their key in the model's signature. */
export type InputValues = ReadonlyMap<string, TensorValue>;

/**
 * Reads what `--input` was given, or another option for the same: `file.npy` or `file.json` for a model with one input,
 * or `key=file` for each of several. A JSON file may also hold all inputs by key.
 */
export async function readInputs(
  given: readonly string[],
  ports: readonly Port[],
  option = '--input',
): Promise<InputValues> {
  const found = new Map<string, TensorValue>();
  for (const argument of given) {
    const { key, file } = splitArgument(argument, ports);
    const subject = `${option} ${file}`;
    const bytes = await readBytes(subject, file, ports);
    if (isNpy(file)) {
      found.set(key ?? onlyKey(ports, option, file), readNpy(bytes, file));
      continue;
    }
    const json = parse(bytes, subject);
    if (key !== undefined) {
      found.set(key, fromJson(json, portOf(ports, key, argument), file));
    } else if (isTensorJson(json)) {
      const only = onlyKey(ports, option, file);
      found.set(only, fromJson(json, portOf(ports, only, file), file));
    } else {
      for (const [name, value] of Object.entries(json as object)) {
        found.set(name, fromJson(value, portOf(ports, name, file), file));
      }
    }
  }
  for (const port of ports) {
    if (!found.has(port.key)) {
      fail('argument/missing', {
        subject: `input '${port.key}'`,
        expected: 'a value for every input of the model',
        got: `only ${[...found.keys()].map((name) => `'${name}'`).join(', ')}`,
        advice: `Add ${option} ${port.key}=FILE`,
      });
    }
  }
  return found;
}

/**
 * Reads one tensor that is no input, such as labels: integers where all its numbers are whole.
 * @param subject what it is, for errors.
 */
export async function readTensor(subject: string, file: string): Promise<TensorValue> {
  const bytes = await readBytes(subject, file, []);
  if (isNpy(file)) return readNpy(bytes, file);
  const read = fromJson(
    parse(bytes, subject),
    { key: 'labels', value: 'labels', dtype: 'float32', shape: undefined },
    file,
  );
  const isWhole = (read.values as Float32Array).every(Number.isInteger);
  return isWhole ? { ...read, dtype: 'int32', values: Int32Array.from(read.values as Float32Array) } : read;
}

const isNpy = (file: string): boolean => path.extname(file).toLowerCase() === '.npy';

/** `key=file`, where the part before the sign is an input of the model; otherwise all is the file. */
function splitArgument(argument: string, ports: readonly Port[]): { key?: string; file: string } {
  const at = argument.indexOf('=');
  const key = argument.slice(0, Math.max(at, 0));
  if (ports.some((port) => port.key === key)) return { key, file: argument.slice(at + 1) };
  return { file: argument };
}

function portOf(ports: readonly Port[], key: string, subject: string): Port {
  return (
    ports.find((port) => port.key === key) ??
    fail('argument/invalid', {
      subject,
      expected: `inputs named ${ports.map((port) => `'${port.key}'`).join(', ')}`,
      got: `'${key}'`,
    })
  );
}

function onlyKey(ports: readonly Port[], option: string, file: string): string {
  const [first, second] = ports;
  if (first === undefined || second !== undefined) {
    fail('argument/invalid', {
      subject: `${option} ${file}`,
      expected: `the input it is for (${ports.map((port) => port.key).join(', ')})`,
      got: 'one tensor',
      advice: `Write ${option} ${first?.key ?? 'KEY'}=${file}`,
    });
  }
  return first.key;
}

async function readBytes(subject: string, file: string, ports: readonly Port[]): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const [key, ...rest] = file.split('=');
    if (rest.length > 0 && ports.length > 0) portOf(ports, key as string, subject);
    return fail('io/not-found', {
      subject,
      expected: 'a .npy or .json file that can be read',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function parse(bytes: Uint8Array, subject: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    return fail('io/format', {
      subject,
      expected: 'JSON, or a NumPy file with the ending .npy',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  if (typeof json !== 'object' || json === null) {
    fail('io/format', {
      subject,
      expected: 'nested arrays, {"shape", "data"} or tensors by input name',
      got: json === null ? 'null' : typeof json,
    });
  }
  return json;
}
