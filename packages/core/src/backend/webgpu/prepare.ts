import * as tf from '@tensorflow/tfjs';
import { deviceOf, deviceText, type BackendDevice } from '../device.js';
import type { Host } from '../host.js';
import { messageOf } from '../message.js';
import { withNvidiaFacts } from '../nvidia.js';
import { guardOf } from './guard.js';
import { findGpu, forgetGpu, withoutAdapter, type Absence } from './node.js';
import type { GpuAdapter, GpuDevice } from './types.js';

export const WEBGPU = 'webgpu';

/** As TensorFlow.js ranks it among backends that are registered. */
const PRIORITY = 3;

/** Finds WebGPU, and what it computes on, before TensorFlow.js is asked to start on it. */
export async function findWebGpuDevice(host: Host): Promise<BackendDevice | Absence> {
  const gpu = await findGpu(host);
  if ('outcome' in gpu) return gpu;
  let adapter: GpuAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    return { outcome: 'failed', reason: `WebGPU finds no adapter: ${messageOf(cause)}`, cause };
  }
  if (adapter === null) {
    forgetGpu(host);
    return withoutAdapter(host);
  }
  return withNvidiaFacts(host, deviceOf(adapter.info ?? {}, adapter.features, adapter.limits));
}

/** Why 'auto' leaves a device alone; undefined where it takes it. */
export function declined(device: BackendDevice): string | undefined {
  if (device.kind === 'hardware') return undefined;
  return `it found no GPU, only a software adapter: ${deviceText(device)}; ask for 'webgpu' by name to use it`;
}

/**
 * Registers TensorFlow.js' backend where its package did not do it: it looks for `navigator.gpu` when it is imported,
 * which a program may have done before there was one.
 */
export function registerWebGpu(host: Host, module: unknown): void {
  if (tf.engine().registryFactory[WEBGPU] !== undefined) return;
  const { default: main, ...named } = module as { default?: object };
  const { WebGPUBackend } = { ...main, ...named } as {
    WebGPUBackend?: new (device: GpuDevice, info: unknown) => tf.KernelBackend;
  };
  if (WebGPUBackend === undefined) return;
  tf.registerBackend(
    WEBGPU,
    async () => {
      const adapter = await host.gpu()?.requestAdapter({ powerPreference: 'high-performance' });
      if (!adapter) throw new Error('WebGPU found no adapter');
      return new WebGPUBackend(await adapter.requestDevice(demands(adapter)), adapter.info);
    },
    PRIORITY,
  );
}

/** What TensorFlow.js' kernels need of a device: timers where it has them, and room as far as it goes. */
function demands({ features, limits }: GpuAdapter): object {
  const requiredFeatures = [...features].filter((feature) => feature === 'timestamp-query');
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, limits[name]]));
  return { requiredFeatures, requiredLimits };
}

const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/**
 * Makes room for a new device where that of the backend was lost or failed. Its tensors are gone; kernels and the way
 * to start it stay.
 */
export function dropFailedWebGpu(): void {
  const engine = tf.engine();
  const present = engine.registry[WEBGPU];
  const guard = present === undefined ? undefined : guardOf(present);
  if (guard === undefined || !guard.hasFailed) return;
  const factory = engine.registryFactory[WEBGPU];
  tf.removeBackend(WEBGPU);
  guard.retire();
  if (factory !== undefined) tf.registerBackend(WEBGPU, factory.factory, factory.priority);
}
