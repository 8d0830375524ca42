import * as tf from '@tensorflow/tfjs';
import {
  backend as backends,
  BACKEND_NAMES,
  builtIn,
  fail,
  fileHandler,
  isGraphModel,
  isLayersModel,
  isModel,
  moduleUrl,
  saveModel,
  type BackendName,
  type ModelInputs,
  type Sampler,
  type StockGraphModel,
} from '@tfjs-optimize/core';
import type { Candidate } from '../measure/candidate.js';
import { startChild, type Child } from './child-process.js';
import { isLocation, type Location } from './location.js';
import type { Side } from './side.js';
import { packInputs, type Parcel } from './wire.js';

/** Options of {@link isolatedSides}. */
export interface IsolateOptions {
  readonly backend?: BackendName;
  readonly answerMs?: number;
  /** What each process imports first. */
  readonly modules?: readonly string[];
  /** Variables of their environment besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Candidates and inputs, ready to be sent to processes. */
export interface Shipment {
  /**
   * Starts a fresh process for each candidate, which opens it.
   * @throws `compare/child`, `aborted` and what opening a model throws; no process is left behind then.
   */
  start(): Promise<Side[]>;
  /** Removes what was written for it. */
  remove(): Promise<void>;
}

/** Sides of one {@link Shipment}, which is removed at once. */
export async function isolatedSides(
  candidates: Readonly<Record<string, Candidate | Location>>,
  inputs: ModelInputs,
  options: IsolateOptions,
): Promise<Side[]> {
  const shipment = await pack(candidates, inputs, options);
  try {
    return await shipment.start();
  } finally {
    await shipment.remove();
  }
}

/**
 * Makes candidates ready to be sent. Live models are written to a temporary folder.
 * @throws `argument/invalid` for functions that are not given as `{module, export}`.
 */
export async function pack(
  candidates: Readonly<Record<string, Candidate | Location>>,
  inputs: ModelInputs,
  { backend = presentBackend(), answerMs = 120_000, modules = [], env, signal }: IsolateOptions,
): Promise<Shipment> {
  requireNode('isolate');
  const entries = Object.entries(candidates);
  for (const [name, candidate] of entries) requireShippable(name, candidate);
  const sent = await packInputs(inputs);
  const folder = await temporaryFolder();
  const parcels: { readonly name: string; readonly parcel: Parcel }[] = [];
  try {
    for (const [i, [name, candidate]] of entries.entries()) {
      parcels.push({ name, parcel: await parcelOf(candidate, await folder.file(`candidate-${i}`)) });
    }
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const open = async (child: Child, name: string, parcel: Parcel): Promise<Side> => {
    const { ports } = await child.ask('open', { name, parcel, inputs: sent, backend, modules });
    return isolatedSide(name, ports, child);
  };
  return {
    async start() {
      const children: Child[] = [];
      try {
        const sides: Side[] = [];
        for (const { name, parcel } of parcels) {
          const child = await startChild(name, { answerMs, signal, env });
          children.push(child);
          sides.push(await open(child, name, parcel));
        }
        return sides;
      } catch (error) {
        await Promise.all(children.map((child) => child.end()));
        throw error;
      }
    },
    remove: () => folder.remove(),
  };
}

function isolatedSide(name: string, ports: Side['ports'], child: Child): Side {
  const sampler: Sampler = {
    warmUp: ({ minMs, maxMs, sampleMs }) => child.ask('warmUp', { minMs, maxMs, sampleMs }),
    sample: (calls) => child.ask('sample', { calls }),
  };
  return {
    name,
    ports,
    prepare: () => child.ask('prepare', undefined),
    firstCall: () => child.ask('firstCall', undefined),
    sampler,
    kernelTimes: () => child.ask('kernelTimes', undefined),
    memory: (calls) => child.ask('memory', { calls }),
    close: () => child.end(),
  };
}

/** @throws `argument/invalid` in browsers, which cannot start processes. */
export function requireNode(subject: string): void {
  if (typeof process === 'object' && typeof process.versions?.node === 'string') return;
  fail('argument/invalid', {
    subject,
    expected: 'Node, which can start processes',
    got: 'a browser',
  });
}

/** The backend in use, by the name that `backend.use` knows. */
function presentBackend(): BackendName {
  const registered = tf.getBackend();
  // Both of TensorFlow's packages register as `tensorflow`.
  const name = registered === 'tensorflow' ? (backends.report()?.name ?? 'tfjs-node') : registered;
  return (
    BACKEND_NAMES.find((each) => each === name) ??
    fail('argument/invalid', {
      subject: 'backend',
      expected: `one that other processes can start (${BACKEND_NAMES.join(', ')})`,
      got: `'${name}'`,
    })
  );
}

function requireShippable(name: string, candidate: Candidate | Location): void {
  if (isLocation(candidate) || isModel(candidate) || isLayersModel(candidate) || isGraphModel(candidate))
    return;
  fail('argument/invalid', {
    subject: `candidate '${name}'`,
    expected: 'a model, the location of one, or {module, export} of a function',
    got: typeof candidate === 'function' ? 'a function' : typeof candidate,
    advice: 'A function cannot be sent to another process: export it from a module',
  });
}

/** What a child opens; live models are written to a folder that it reads. */
async function parcelOf(candidate: Candidate | Location, folder: string): Promise<Parcel> {
  if (typeof candidate === 'string') return { kind: 'model', location: candidate };
  if (isLocation(candidate)) {
    return {
      kind: 'function',
      module: await moduleUrl(candidate.module),
      export: candidate.export ?? 'default',
    };
  }
  if (isModel(candidate)) {
    await saveModel(candidate, folder);
    return { kind: 'model', location: folder };
  }
  const model = candidate as tf.LayersModel | StockGraphModel;
  await model.save(fileHandler(folder));
  return { kind: isLayersModel(model) ? 'layers' : 'graph', location: folder };
}

async function temporaryFolder(): Promise<{ file(name: string): Promise<string>; remove(): Promise<void> }> {
  const os = await builtIn('os');
  const path = await builtIn('path');
  const fs = await builtIn('fs/promises');
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'tfjs-optimize-models-'));
  return {
    file: (name) => Promise.resolve(path.join(folder, name)),
    remove: () => fs.rm(folder, { recursive: true, force: true }),
  };
}
