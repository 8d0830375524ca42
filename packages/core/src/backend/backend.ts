import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { BACKEND_NAMES, CANDIDATES, type BackendName, type Candidate } from './candidates.js';
import { thisHost, type Host } from './host.js';

/** How one backend fared when it was tried. */
export interface BackendAttempt {
  readonly name: BackendName;
  readonly outcome: 'used' | 'missing' | 'failed';
  /** Why it was passed over, or how it is used, as a phrase. */
  readonly reason: string;
  readonly cause?: unknown;
}

/** How one backend fared, and whether it computes, or would, on a graphics processor. */
export interface TriedBackend extends BackendAttempt {
  readonly gpu: boolean;
}

/** The backend in use and how it was chosen. */
export interface BackendReport {
  readonly name: BackendName;
  /** Whether it computes on a graphics processor. */
  readonly gpu: boolean;
  /** What was tried, in order; the last one is in use. */
  readonly attempts: readonly BackendAttempt[];
}

/** Chooses the backend that models run on; see {@link backend}. */
export interface Backends {
  /**
   * Starts a backend. `'auto'` takes the first of tfjs-node-gpu, tfjs-node, wasm and cpu that is
   * installed and starts (webgl, wasm, cpu in a browser), and keeps why the earlier ones were not.
   * @throws `backend/missing` naming the package to install, `backend/failed` with the cause.
   */
  use(name?: 'auto' | BackendName): Promise<BackendReport>;
  /**
   * Starts a backend as `use` does and tells how that went, also where it did not. What {@link report} tells
   * stays as it was.
   * @throws `argument/invalid` for a name that is none.
   */
  attempt(name: BackendName): Promise<TriedBackend>;
  /** The report of the last `use`; undefined before the first. */
  report(): BackendReport | undefined;
  /** The report as lines of text: the backend in use, then why others were passed over. */
  describe(): string;
}

/** Backends as found in given surroundings. */
export function makeBackends(host: Host): Backends {
  let last: BackendReport | undefined;
  return {
    async use(name = 'auto') {
      last = name === 'auto' ? await chooseFirst(host) : await startNamed(name, host);
      return last;
    },
    async attempt(name) {
      const tried = await start(candidateOf(name), host, false);
      return { ...tried, gpu: tried.outcome === 'used' ? usesGpu(name) : GPU_NAMES.has(name) };
    },
    report: () => last,
    describe() {
      if (last === undefined) return `backend: ${tf.getBackend() || 'none yet'} (not chosen by backend.use)`;
      const lines = last.attempts.map(({ name, outcome, reason }) => `  ${name}: ${outcome}, ${reason}`);
      return [`backend: ${last.name}`, ...lines].join('\n');
    },
  };
}

/** The backend that models run on in this process. */
export const backend: Backends = makeBackends(thisHost);

async function chooseFirst(host: Host): Promise<BackendReport> {
  const place = host.isNode ? 'node' : 'browser';
  const attempts: BackendAttempt[] = [];
  for (const candidate of CANDIDATES.filter(({ auto }) => auto.includes(place))) {
    const attempt = await start(candidate, host, true);
    attempts.push(attempt);
    if (attempt.outcome === 'used') return { name: candidate.name, gpu: usesGpu(candidate.name), attempts };
  }
  return fail('backend/failed', {
    subject: "backend 'auto'",
    expected: 'one that starts',
    got: attempts.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
  });
}

/** Backends that look for a graphics processor. */
const GPU_NAMES: ReadonlySet<BackendName> = new Set(['tfjs-node-gpu', 'webgpu', 'webgl']);

function candidateOf(name: BackendName): Candidate {
  return (
    CANDIDATES.find((one) => one.name === name) ??
    fail('argument/invalid', {
      subject: 'backend',
      expected: `auto, ${BACKEND_NAMES.join(', ')}`,
      got: `'${name as string}'`,
    })
  );
}

async function startNamed(name: BackendName, host: Host): Promise<BackendReport> {
  const candidate = candidateOf(name);
  const attempt = await start(candidate, host, false);
  if (attempt.outcome === 'used') return { name, gpu: usesGpu(name), attempts: [attempt] };
  const missing = attempt.outcome === 'missing' && candidate.package !== undefined;
  return fail(attempt.outcome === 'missing' ? 'backend/missing' : 'backend/failed', {
    subject: `backend '${name}'`,
    expected: missing ? `the package ${candidate.package} to be installed` : 'to start',
    got: attempt.reason,
    advice: missing ? `Run npm install ${candidate.package}` : "Use 'auto' for the best one that starts",
    cause: attempt.cause,
  });
}

/** Tries one backend; a GPU package that computes on the CPU is not what 'auto' looks for. */
async function start(candidate: Candidate, host: Host, auto: boolean): Promise<BackendAttempt> {
  const { name, registered } = candidate;
  const attempt = (outcome: BackendAttempt['outcome'], reason: string, cause?: unknown): BackendAttempt => ({
    name,
    outcome,
    reason,
    ...(cause === undefined ? {} : { cause }),
  });
  let copy = '';
  if (candidate.package !== undefined) {
    const loaded = await host.load(candidate.package);
    if (!loaded.found) {
      return loaded.missing
        ? attempt('missing', `${candidate.package} is not installed`, loaded.cause)
        : attempt('failed', `${candidate.package} does not load: ${messageOf(loaded.cause)}`, loaded.cause);
    }
    copy = copyInWords(loaded.module);
  }
  if (tf.engine().registryFactory[registered] === undefined) {
    return candidate.package === undefined
      ? attempt(
          'missing',
          host.isNode ? 'it needs a browser' : 'this build of TensorFlow.js does not hold it',
        )
      : attempt('failed', 'it registered with another copy of @tensorflow/tfjs-core; install one version');
  }
  const previous = tf.getBackend();
  try {
    if (!(await tf.setBackend(registered))) throw await causeOfFailure(registered);
    await tf.ready();
  } catch (error) {
    if (previous && previous !== registered) await tf.setBackend(previous);
    return attempt('failed', messageOf(error), error);
  }
  if (auto && name === 'tfjs-node-gpu' && !usesGpu(name)) {
    return attempt('failed', 'it found no GPU that it can use');
  }
  return attempt('used', `it runs on ${usesGpu(name) ? 'a GPU' : 'the CPU'}${copy}`);
}

/**
 * Whether a package came with a TensorFlow.js of its own. All copies share one engine, so it works, but
 * kernels of different versions may not fit each other.
 */
function copyInWords(module: unknown): string {
  const { default: main, ...named } = module as { default?: object };
  const { Tensor, version_core, version_wasm } = { ...named, ...main } as Record<string, unknown>;
  const version = version_core ?? version_wasm;
  const isOwn =
    Tensor !== undefined ? Tensor !== tf.Tensor : version !== undefined && version !== tf.version_core;
  if (!isOwn) return '';
  return `, of TensorFlow.js ${String(version)} beside the ${tf.version_core} in use: install one version of both`;
}

/** TensorFlow.js prints why a backend did not start and forgets it, so the start is tried once more. */
async function causeOfFailure(registered: string): Promise<unknown> {
  try {
    (await tf.findBackendFactory(registered)()).dispose();
    return new Error('it did not initialize, but might at another try');
  } catch (error) {
    return error;
  }
}

function usesGpu(name: BackendName): boolean {
  if (name === 'webgl' || name === 'webgpu') return true;
  if (name !== 'tfjs-node-gpu') return false;
  return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
