import * as fs from 'node:fs';
import * as path from 'node:path';
import { runChild } from './child.js';
import { repoRoot } from './shared.js';
import { tempFolder } from './temp.js';

/** A tensor that travels to or from another process. */
export interface TensorData {
  readonly dtype: 'float32' | 'int32' | 'bool' | 'complex64' | 'string';
  readonly shape: readonly number[];
  readonly data: ArrayLike<number> | readonly string[];
}

/** What {@link runStock} is asked to do. */
export interface StockRequest {
  /** Path of the model.json. */
  readonly model: string;
  /** Which stock loader to use; `graph` unless told. */
  readonly kind?: 'graph' | 'layers';
  /** One entry a call: inputs in the model's order, or by node name. */
  readonly runs: readonly (readonly TensorData[] | Readonly<Record<string, TensorData>>)[];
  /** Names of the nodes to fetch; the model's own outputs unless told. */
  readonly outputs?: readonly string[];
  /** True to run with executeAsync (control flow, dynamic shapes). */
  readonly async?: boolean;
  /** `cpu` unless told. `wasm` installs @tensorflow/tfjs-backend-wasm beside @tensorflow/tfjs. */
  readonly backend?: 'cpu' | 'wasm';
}

/** What stock TensorFlow.js made of it. */
export interface StockAnswer {
  readonly version: string;
  readonly backend: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Tensors left behind by the runs; 0 for a healthy model. */
  readonly leaked: number;
  /** Outputs of each run, in the model's order. */
  readonly runs: readonly (readonly TensorData[])[];
}

interface Wire {
  readonly dtype: TensorData['dtype'];
  readonly shape: readonly number[];
  readonly data?: string;
  readonly strings?: readonly string[];
}

/** Links a package and all it depends on into `folder`/node_modules, as an installation would. */
function linkPackage(name: string, from: string, folder: string): void {
  const target = path.join(folder, 'node_modules', name);
  if (fs.existsSync(target)) {
    return;
  }
  const source = packageFolder(name, from);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.symlinkSync(source, target, 'junction');
  const manifest = JSON.parse(fs.readFileSync(path.join(source, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.startsWith('@types/')) {
      linkPackage(dependency, source, folder);
    }
  }
}

function packageFolder(name: string, from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (fs.existsSync(candidate)) {
      return fs.realpathSync(candidate);
    }
    if (folder === path.dirname(folder)) {
      throw new Error(`package ${name}: expected to be installed above ${from}, got nothing. Run npm ci.`);
    }
  }
}

const folders = new Map<string, string>();

/**
 * A folder in which only the named packages (and what they depend on) are installed: no package of
 * this repository can be found from there. Made once a process and kept until it ends.
 */
export function stockFolder(packages: readonly string[] = ['@tensorflow/tfjs']): string {
  const key = packages.join(' ');
  let folder = folders.get(key);
  if (folder === undefined) {
    folder = tempFolder('stock');
    for (const name of packages) {
      linkPackage(name, repoRoot(), folder);
    }
    fs.copyFileSync(
      path.join(repoRoot(), 'packages/testing/stock/run-model.cjs'),
      path.join(folder, 'run-model.cjs'),
    );
    folders.set(key, folder);
  }
  return folder;
}

function toWire({ dtype, shape, data }: TensorData): Wire {
  if (dtype === 'string') {
    return { dtype, shape, strings: Array.from(data, String) };
  }
  const numbers = Array.from(data, Number);
  const typed =
    dtype === 'int32'
      ? Int32Array.from(numbers)
      : dtype === 'bool'
        ? Uint8Array.from(numbers)
        : Float32Array.from(numbers);
  return { dtype, shape, data: Buffer.from(typed.buffer).toString('base64') };
}

function fromWire({ dtype, shape, data, strings }: Wire): TensorData {
  if (data === undefined) {
    return { dtype, shape, data: strings ?? [] };
  }
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  const values =
    dtype === 'bool'
      ? bytes
      : dtype === 'int32'
        ? new Int32Array(bytes.buffer)
        : new Float32Array(bytes.buffer);
  return { dtype, shape, data: values };
}

/**
 * Loads a saved model in a separate process in which only `@tensorflow/tfjs` is installed, with the
 * stock loader, and runs it. Fails with what that process printed when it does not end well.
 */
export async function runStock(request: StockRequest): Promise<StockAnswer> {
  const wasm = request.backend === 'wasm' ? ['@tensorflow/tfjs-backend-wasm'] : [];
  const folder = stockFolder(['@tensorflow/tfjs', ...wasm]);
  const runs = request.runs.map((inputs) =>
    Array.isArray(inputs)
      ? inputs.map(toWire)
      : Object.fromEntries(
          Object.entries(inputs).map(([name, value]: [string, TensorData]) => [name, toWire(value)]),
        ),
  );
  const model = path.resolve(request.model);
  const result = await runChild(path.join(folder, 'run-model.cjs'), [], {
    cwd: folder,
    stdin: JSON.stringify({ ...request, model, runs }),
    nodeOptions: ['--preserve-symlinks', '--preserve-symlinks-main'],
  });
  if (result.code !== 0) {
    throw new Error(
      `stock TensorFlow.js on ${model} ended with ${result.code ?? result.signal}:\n${result.stderr}`,
    );
  }
  const answer = JSON.parse(result.stdout) as Omit<StockAnswer, 'runs'> & {
    readonly runs: readonly (readonly Wire[])[];
  };
  return { ...answer, runs: answer.runs.map((outputs) => outputs.map(fromWire)) };
}
