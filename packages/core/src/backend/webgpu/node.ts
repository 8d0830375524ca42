import { messageOf } from '../message.js';
import type { Host } from '../host.js';
import { endDevices } from './guard.js';
import type { Gpu } from './types.js';

/** Why something is not there, and what to do about it. */
export interface Absence {
  readonly outcome: 'missing' | 'failed';
  readonly reason: string;
  readonly advice?: string;
  readonly cause?: unknown;
}

/** The npm package that brings WebGPU to Node: Dawn, which is Chromium's. */
export const DAWN = 'webgpu';

/** Instances of Dawn crash the process when they are collected while anything of theirs is in use. */
const instances: Gpu[] = [];

/** Whether `navigator.gpu` came from here and goes when it is of no use. */
let isOurs = false;

/**
 * WebGPU of the surroundings or, in Node, of the package `webgpu`, which is installed as `navigator.gpu` then.
 * Dawn chooses between Vulkan, Metal and Direct3D 12 by itself.
 */
export async function findGpu(host: Host): Promise<Gpu | Absence> {
  const present = host.gpu();
  if (present !== undefined) return present;
  if (!host.isNode) return { outcome: 'failed', reason: 'this browser has no WebGPU' };
  const loaded = await host.load(DAWN);
  if (!loaded.found) return notLoaded(loaded);
  if (host.platform === 'linux' && !host.hasLibrary('libvulkan.so.1')) {
    return {
      outcome: 'failed',
      reason: 'there is no Vulkan (libvulkan.so.1), through which WebGPU reaches the GPU',
      advice: 'Install its loader (Debian and Ubuntu: apt-get install libvulkan1) and the driver of the GPU',
    };
  }
  const { create, globals } = loaded.module as {
    create(flags: readonly string[]): Gpu;
    globals: Readonly<Record<string, unknown>>;
  };
  const gpu = create([]);
  if (instances.length === 0) process.once('exit', endDevices);
  instances.push(gpu);
  host.installGpu(globals, gpu);
  isOurs = true;
  return gpu;
}

/** Takes back what {@link findGpu} installed: the next try begins anew, with a driver that came meanwhile. */
export function forgetGpu(host: Host): void {
  if (isOurs) host.removeGpu();
  isOurs = false;
}

/** Why WebGPU has no adapter, and what that takes here. */
export function withoutAdapter({ platform, isNode }: Host): Absence {
  const reason = 'WebGPU found no adapter: no GPU, or no driver for it';
  if (!isNode) return { outcome: 'failed', reason };
  const advice =
    platform === 'linux'
      ? 'Install the Vulkan driver of the GPU (`vulkaninfo --summary` lists what is found; in a container of NVIDIA ' +
        'set NVIDIA_DRIVER_CAPABILITIES=all)'
      : 'Update the driver of the GPU';
  return { outcome: 'failed', reason, advice };
}

function notLoaded({ missing, cause }: { missing: boolean; cause: unknown }): Absence {
  if (missing)
    return { outcome: 'missing', reason: `${DAWN} is not installed, which brings WebGPU to Node`, cause };
  const message = messageOf(cause);
  const hasNoBinary = /dawn\.node/.test(message) && /cannot find|no such file/i.test(message);
  return {
    outcome: 'failed',
    reason: hasNoBinary
      ? `${DAWN} has no binary for ${process.platform} on ${process.arch}`
      : `${DAWN} does not load: ${message}`,
    advice: `Install ${DAWN} again (npm install ${DAWN}), and where npm runs no install scripts run \`node node_modules/${DAWN}/build/postinstall.js\``,
    cause,
  };
}
