import * as tf from '@tensorflow/tfjs';
import { OptimizeError, type ErrorCode, type Problem } from '../../errors.js';
import { bytesText } from '../../text/units.js';
import { patchMethod } from '../../trace/patch.js';
import { messageOf } from '../message.js';
import type { GpuDevice, UncapturedError, WebGpuBackend } from './types.js';

/** What became of a device that was lost. */
export interface DeviceLoss {
  /** `destroyed` where somebody ended it, `unknown` for a driver that crashed, was updated or took too long. */
  readonly reason: string;
  /** What the driver says of it; may be empty. */
  readonly message: string;
}

/** What makes all later results of a device worthless. */
interface Failure {
  readonly code: ErrorCode;
  readonly problem: Problem;
}

const guards = new WeakMap<object, DeviceGuard>();

/** Guards that were not retired. */
const present = new Set<DeviceGuard>();

/**
 * Ends all devices, of which no listener is told: nothing was lost. Without this Dawn may crash a process that exits
 * while a value is on its way.
 */
export function endDevices(): void {
  for (const guard of present) guard.retire();
}

/** The guard of a backend of WebGPU, which it has from now on; undefined for other backends. */
export function guardOf(backend: object): DeviceGuard | undefined {
  const { device } = backend as Partial<WebGpuBackend>;
  if (typeof device?.createBuffer !== 'function') return undefined;
  let guard = guards.get(backend);
  if (guard === undefined) {
    guard = new DeviceGuard(backend as WebGpuBackend);
    guards.set(backend, guard);
  }
  return guard;
}

/** The guard of the backend in use, where that is webgpu and has started. */
export function presentGuard(): DeviceGuard | undefined {
  const running = tf.engine().registry[tf.getBackend()];
  return running === undefined ? undefined : guardOf(running);
}

/**
 * Watches the device under TensorFlow.js' backend. WebGPU reports errors apart from results: an op for which there was
 * no memory, a program that does not compile and a lost device leave zeros, and TensorFlow.js hands them out. With a
 * guard reading a value fails instead, by an error that tells why, and so does every run from then on: what else was
 * being computed cannot be told from what failed.
 */
export class DeviceGuard {
  private failure: Failure | undefined;
  private isRetired = false;
  private readonly listeners = new Set<(loss: DeviceLoss) => void>();
  /** Bytes of the buffer that is being made. */
  private creating: number | undefined;

  constructor(private readonly backend: WebGpuBackend) {
    const { device } = backend;
    present.add(this);
    void device.lost.then((info) => this.onLoss(info));
    device.addEventListener('uncapturederror', (event) => this.onError(event));
    this.guardBuffers(device);
    this.guardReads();
  }

  /** Whether results of the device can no longer be trusted, so that it takes a new one. */
  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** @throws what happened to the device, if anything did. */
  check(): void {
    if (this.failure !== undefined) throw errorOf(this.failure);
  }

  /** Calls back once the device is lost. */
  onLost(listener: (loss: DeviceLoss) => void): void {
    this.listeners.add(listener);
  }

  /** Ends the device, whose backend is about to be replaced or whose process ends. */
  retire(): void {
    this.isRetired = true;
    present.delete(this);
    this.backend.device.destroy();
  }

  private guardBuffers(device: GpuDevice): void {
    const create = device.createBuffer.bind(device);
    const most = Math.min(
      device.limits.maxBufferSize ?? Infinity,
      device.limits.maxStorageBufferBindingSize ?? Infinity,
    );
    patchMethod(device, 'createBuffer', (descriptor) => {
      const { size } = descriptor;
      if (size > most) throw errorOf(tooLarge(size, most));
      this.creating = size;
      try {
        return create(descriptor);
      } catch (cause) {
        // Memory that is to be written to at once is refused at once.
        this.failure ??= noMemory(messageOf(cause), size);
        throw errorOf(this.failure, cause);
      } finally {
        this.creating = undefined;
      }
    });
  }

  private guardReads(): void {
    const { backend } = this;
    const read = backend.read.bind(backend);
    const readSync = backend.readSync.bind(backend);
    patchMethod(backend, 'read', async (dataId) => {
      this.check();
      try {
        const values = await read(dataId);
        this.check();
        return values;
      } catch (error) {
        // The device tells that it is lost a moment later than that it does not answer.
        await new Promise((resolve) => setTimeout(resolve));
        this.check();
        throw error;
      }
    });
    patchMethod(backend, 'readSync', (dataId) => {
      try {
        return readSync(dataId);
      } catch (cause) {
        this.check();
        throw 'OffscreenCanvas' in globalThis ? cause : notAtOnce(cause);
      }
    });
  }

  private onLoss({ reason = 'unknown', message }: { reason?: string; message: string }): void {
    if (this.isRetired) return;
    const told = message === '' ? reason : `${reason}: ${message}`;
    this.failure = {
      code: 'backend/lost',
      problem: { ...SUBJECT, expected: 'its device', got: `one that was lost (${told})`, advice: AGAIN },
    };
    for (const listener of this.listeners) listener({ reason, message });
  }

  /** The first failure stays: others follow from it. Node is told of errors while the call that makes them runs. */
  private onError(event: UncapturedError): void {
    event.preventDefault();
    const { error } = event;
    const [message = ''] = error.message.split('\n');
    this.failure ??= isOutOfMemory(error) ? noMemory(message, this.creating) : refused(message);
  }
}

const SUBJECT = { subject: "backend 'webgpu'" };

const AGAIN =
  "Call await backend.use('webgpu'): it starts a new device, to which models bring their weights by themselves; other tensors have to be made anew";

function errorOf({ code, problem }: Failure, cause?: unknown): OptimizeError {
  return new OptimizeError(code, cause === undefined ? problem : { ...problem, cause });
}

function isOutOfMemory(error: object): boolean {
  return error.constructor.name === 'GPUOutOfMemoryError';
}

function noMemory(message: string, size: number | undefined): Failure {
  const expected = `memory${size === undefined ? '' : ` for ${bytesText(size)}`} on its device`;
  const advice = `Use a smaller batch. ${AGAIN}`;
  return { code: 'backend/memory', problem: { ...SUBJECT, expected, got: message, advice } };
}

function refused(message: string): Failure {
  const expected = 'WebGPU to run what TensorFlow.js gave it';
  return { code: 'model/run', problem: { ...SUBJECT, expected, got: message, advice: AGAIN } };
}

function tooLarge(size: number, most: number): Failure {
  return {
    code: 'backend/memory',
    problem: {
      ...SUBJECT,
      expected: `tensors of at most ${bytesText(most)}, the most that its device takes`,
      got: `one of ${bytesText(size)}`,
      advice: 'Use a smaller batch',
    },
  };
}

function notAtOnce(cause: unknown): OptimizeError {
  return new OptimizeError('backend/sync-read', {
    ...SUBJECT,
    expected: 'values to be awaited, as they are on their way from the device',
    got: 'dataSync(), or an op that reads values while it runs',
    advice:
      'Use await tensor.data(), after which dataSync() gives them, too; a model whose ops read values needs another backend',
    cause,
  });
}
