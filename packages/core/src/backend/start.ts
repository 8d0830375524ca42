import * as tf from '@tensorflow/tfjs';
import type { Candidate } from './candidates.js';
import { deviceText, type BackendDevice } from './device.js';
import type { Host } from './host.js';
import { messageOf } from './message.js';
import { cudaDevice } from './nvidia.js';
import { declined, dropFailedWebGpu, findWebGpuDevice, registerWebGpu } from './webgpu/prepare.js';
import type { BackendAttempt } from './backend.js';

/** How a start went, and what the backend computes on where that is known. */
export interface Started {
  readonly attempt: BackendAttempt;
  readonly gpu: boolean;
  readonly device?: BackendDevice;
}

/** What a candidate needs before TensorFlow.js can start it: its package loaded, and a device. */
type Ready =
  | { readonly device?: BackendDevice; readonly copy: string }
  | (Pick<BackendAttempt, 'reason' | 'advice' | 'cause'> & { readonly outcome: 'missing' | 'failed' });

/**
 * Tries one backend.
 * @param auto whether a better one is looked for: a GPU package that computes on the CPU is none.
 */
export async function start(candidate: Candidate, host: Host, auto: boolean): Promise<Started> {
  const ready = await prepare(candidate, host, auto);
  if ('outcome' in ready) return notUsed(candidate, ready);
  const { registered } = candidate;
  if (candidate.name === 'webgpu') dropFailedWebGpu();
  const previous = tf.getBackend();
  try {
    if (!(await tf.setBackend(registered))) throw await causeOfFailure(registered);
    await tf.ready();
  } catch (cause) {
    if (previous && previous !== registered) await tf.setBackend(previous);
    return notUsed(candidate, { outcome: 'failed', reason: messageOf(cause), cause });
  }
  return used(candidate, host, auto, ready);
}

async function used(
  { name }: Candidate,
  host: Host,
  auto: boolean,
  { device: found, copy }: { device?: BackendDevice; copy: string },
): Promise<Started> {
  const gpu = name === 'tfjs-node-gpu' ? isOnGpu() : name === 'webgl' || found?.kind === 'hardware';
  if (auto && name === 'tfjs-node-gpu' && !gpu) {
    return { gpu, attempt: { name, outcome: 'failed', reason: 'it found no GPU that it can use' } };
  }
  const device = name === 'tfjs-node-gpu' && gpu ? await cudaDevice(host) : found;
  const reason = `it runs on ${placeOf(gpu, device)}${copy}`;
  return { gpu, attempt: { name, outcome: 'used', reason }, ...(device && { device }) };
}

function placeOf(gpu: boolean, device: BackendDevice | undefined): string {
  if (device === undefined) return gpu ? 'a GPU' : 'the CPU';
  if (device.kind === 'hardware') return `a GPU: ${deviceText(device)}`;
  return `a software adapter: ${deviceText(device)}, on the CPU, for tests only`;
}

function notUsed(
  { name }: Candidate,
  { outcome, reason, advice, cause }: Exclude<Ready, { copy: string }>,
): Started {
  const attempt = {
    name,
    outcome,
    reason,
    ...(advice === undefined ? {} : { advice }),
    ...(cause === undefined ? {} : { cause }),
  };
  return { attempt, gpu: GPU_NAMES.has(name) };
}

/** Backends that look for a graphics processor. */
const GPU_NAMES: ReadonlySet<string> = new Set(['tfjs-node-gpu', 'webgpu', 'webgl']);

async function prepare(candidate: Candidate, host: Host, auto: boolean): Promise<Ready> {
  const loaded = candidate.package === undefined ? undefined : await host.load(candidate.package);
  if (loaded !== undefined && !loaded.found) {
    const { missing, cause } = loaded;
    return missing
      ? { outcome: 'missing', reason: `${candidate.package} is not installed`, cause }
      : { outcome: 'failed', reason: `${candidate.package} does not load: ${messageOf(cause)}`, cause };
  }
  let device: BackendDevice | undefined;
  if (candidate.name === 'webgpu') {
    const found = await findWebGpuDevice(host);
    if ('outcome' in found) return found;
    const reason = auto ? declined(found) : undefined;
    if (reason !== undefined) return { outcome: 'failed', reason };
    device = found;
    registerWebGpu(host, loaded?.module);
  }
  if (tf.engine().registryFactory[candidate.registered] === undefined) return unregistered(candidate, host);
  const copy = loaded === undefined ? '' : copyInWords(loaded.module);
  return { copy, ...(device && { device }) };
}

function unregistered(candidate: Candidate, host: Host): Exclude<Ready, { copy: string }> {
  if (candidate.package === undefined) {
    const reason = host.isNode ? 'it needs a browser' : 'this build of TensorFlow.js does not hold it';
    return { outcome: 'missing', reason };
  }
  const reason = 'it registered with another copy of @tensorflow/tfjs-core; install one version';
  return { outcome: 'failed', reason };
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

/** Whether TensorFlow, which is in use, computes on a graphics processor. */
function isOnGpu(): boolean {
  return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}
