import * as tf from '@tensorflow/tfjs';
import { fail } from '../errors.js';
import { BACKEND_NAMES, CANDIDATES, type BackendName, type Candidate } from './candidates.js';
import type { BackendDevice } from './device.js';
import { thisHost, type Host } from './host.js';
import { start, type Started } from './start.js';
import { guardOf, type DeviceLoss } from './webgpu/guard.js';

export type { DeviceLoss } from './webgpu/guard.js';

/** How one backend fared when it was tried. */
export interface BackendAttempt {
  readonly name: BackendName;
  readonly outcome: 'used' | 'missing' | 'failed';
  /** Why it was passed over, or how it is used, as a phrase. */
  readonly reason: string;
  /** What would help, as a sentence without its full stop. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/** How one backend fared, and whether it computes, or would, on a graphics processor. */
export interface TriedBackend extends BackendAttempt {
  readonly gpu: boolean;
  /** What it computes on, where that can be found out. */
  readonly device?: BackendDevice;
}

/** The backend in use and how it was chosen. */
export interface BackendReport {
  readonly name: BackendName;
  /** Whether it computes on a graphics processor; software that only acts as one is none. */
  readonly gpu: boolean;
  /** What it computes on, where that can be found out. */
  readonly device?: BackendDevice;
  /** What was tried, in order; the last one is in use. */
  readonly attempts: readonly BackendAttempt[];
  /** Of a device that was lost since: nothing runs there any more. */
  readonly lost?: DeviceLoss;
}

/** Chooses the backend that models run on; see {@link backend}. */
export interface Backends {
  /**
   * Starts a backend. `'auto'` takes the first of tfjs-node-gpu, webgpu, tfjs-node, wasm and cpu that is
   * installed and starts (webgl, wasm, cpu in a browser), and keeps why the earlier ones were not; of webgpu it takes
   * no software adapter, which a name asks for. A webgpu whose device was lost, or ran out of memory, starts anew.
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
  /** What the backend that is in use now computes on, where it was started here and that could be found out. */
  device(): BackendDevice | undefined;
  /**
   * Calls back when webgpu loses its device, which the driver may take back at any time. Runs and reads fail with
   * `backend/lost` then, until `use('webgpu')` starts a new one.
   * @returns a function that ends this.
   */
  onLost(listener: (loss: DeviceLoss) => void): () => void;
  /** The report as lines of text: the backend in use, then why others were passed over. */
  describe(): string;
}

/** What backends compute on, by TensorFlow.js' object of each. */
const devices = new WeakMap<object, BackendDevice>();

/** Backends as found in given surroundings. */
export function makeBackends(host: Host): Backends {
  let last: BackendReport | undefined;
  const listeners = new Set<(loss: DeviceLoss) => void>();

  async function tryOne(candidate: Candidate, auto: boolean): Promise<Started> {
    const started = await start(candidate, host, auto);
    if (started.attempt.outcome !== 'used') return started;
    const running = tf.backend();
    if (started.device !== undefined) devices.set(running, started.device);
    watch(running);
    return started;
  }

  /** Backends that were started here before are watched already. */
  const watched = new WeakSet<object>();
  function watch(running: object): void {
    const guard = guardOf(running);
    if (guard === undefined || watched.has(running)) return;
    watched.add(running);
    guard.onLost((loss) => {
      if (last?.name === 'webgpu') last = { ...last, lost: loss };
      for (const listener of listeners) listener(loss);
    });
  }

  async function chooseFirst(): Promise<BackendReport> {
    const place = host.isNode ? 'node' : 'browser';
    const attempts: BackendAttempt[] = [];
    for (const candidate of CANDIDATES.filter(({ auto }) => auto.includes(place))) {
      const started = await tryOne(candidate, true);
      attempts.push(started.attempt);
      if (started.attempt.outcome === 'used') return reportOf(started, attempts);
    }
    return fail('backend/failed', {
      subject: "backend 'auto'",
      expected: 'one that starts',
      got: attempts.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
    });
  }

  async function startNamed(name: BackendName): Promise<BackendReport> {
    const candidate = candidateOf(name);
    const started = await tryOne(candidate, false);
    const { attempt } = started;
    return attempt.outcome === 'used' ? reportOf(started, [attempt]) : refuse(candidate, attempt, host);
  }

  return {
    async use(name = 'auto') {
      last = name === 'auto' ? await chooseFirst() : await startNamed(name);
      return last;
    },
    async attempt(name) {
      const { attempt, gpu, device } = await tryOne(candidateOf(name), false);
      return { ...attempt, gpu, ...(device && { device }) };
    },
    report: () => last,
    device: () => (tf.getBackend() ? devices.get(tf.backend()) : undefined),
    onLost(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    describe() {
      if (last === undefined) return `backend: ${tf.getBackend() || 'none yet'} (not chosen by backend.use)`;
      const { lost } = last;
      const lines = last.attempts.map(({ name, outcome, reason }) => `  ${name}: ${outcome}, ${reason}`);
      const after = lost === undefined ? [] : [`  its device was lost since: ${lost.message || lost.reason}`];
      return [`backend: ${last.name}`, ...lines, ...after].join('\n');
    },
  };
}

/** The backend that models run on in this process. */
export const backend: Backends = makeBackends(thisHost);

function reportOf(
  { attempt: { name }, gpu, device }: Started,
  attempts: readonly BackendAttempt[],
): BackendReport {
  return { name, gpu, ...(device && { device }), attempts };
}

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

function refuse(candidate: Candidate, attempt: BackendAttempt, host: Host): never {
  const isMissing = attempt.outcome === 'missing';
  const packages = packagesOf(candidate, host);
  const install = isMissing && packages.length > 0;
  return fail(isMissing ? 'backend/missing' : 'backend/failed', {
    subject: `backend '${candidate.name}'`,
    expected: install ? `the package ${packages.join(' and ')} to be installed` : 'to start',
    got: attempt.reason,
    advice:
      attempt.advice ??
      (install ? `Run npm install ${packages.join(' ')}` : "Use 'auto' for the best one that starts"),
    cause: attempt.cause,
  });
}

function packagesOf({ package: own, inNode }: Candidate, { isNode }: Host): string[] {
  return [own, isNode ? inNode : undefined].filter((name) => name !== undefined);
}
