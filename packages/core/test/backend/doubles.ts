import type { Host } from '../../src/backend/index.js';
import type { GpuAdapter, GpuDevice, UncapturedError } from '../../src/backend/webgpu/types.js';

/** Surroundings made up for a test: packages by name, an error for one that does not load. */
export function surroundings(
  packages: Readonly<Record<string, unknown>> = {},
  other: Partial<Host> = {},
): Host {
  return {
    isNode: true,
    platform: 'linux',
    load: (name) =>
      Promise.resolve(
        name in packages
          ? packages[name] instanceof Error
            ? { found: false, missing: false, cause: packages[name] }
            : { found: true, module: packages[name] }
          : { found: false, missing: true, cause: new Error(`Cannot find package '${name}'`) },
      ),
    output: () => Promise.resolve(undefined),
    hasLibrary: () => true,
    gpu: () => undefined,
    installGpu: () => undefined,
    removeGpu: () => undefined,
    ...other,
  };
}

/** A device of WebGPU whose fate a test decides. */
export class FakeDevice implements GpuDevice {
  readonly limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 28 };
  readonly lost: Promise<{ reason: string; message: string }>;
  isDestroyed = false;
  /** Called while a buffer is made. */
  onCreate: () => void = () => undefined;
  /** Ends the device, as a driver that is updated does. */
  lose!: (message: string) => Promise<void>;
  private readonly listeners: ((event: UncapturedError) => void)[] = [];

  constructor() {
    this.lost = new Promise((resolve) => {
      this.lose = async (message) => {
        resolve({ reason: 'unknown', message });
        await this.lost;
      };
    });
  }

  createBuffer(_descriptor: { readonly size: number; readonly usage: number }): object {
    this.onCreate();
    return {};
  }

  addEventListener(_type: string, listener: (event: UncapturedError) => void): void {
    this.listeners.push(listener);
  }

  report(error: { readonly message: string }): void {
    for (const listener of this.listeners) listener({ error, preventDefault: () => undefined });
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

/** As WebGPU's class of errors is called. */
export class GPUOutOfMemoryError {
  constructor(readonly message: string) {}
}

/** What Dawn tells of an H200. */
export const H200 = {
  vendor: 'nvidia',
  architecture: 'hopper',
  device: 'nvidia-h200',
  description: 'NVIDIA: 550.90.07 550.90.7.0',
  isFallbackAdapter: false,
};

/** What Dawn tells of the software that Chromium brings. */
export const SWIFTSHADER = {
  vendor: 'google',
  architecture: 'swiftshader',
  device: 'swiftshader-device-subzero-',
  description: 'SwiftShader driver 5.0.0',
  isFallbackAdapter: true,
};

/** An adapter that gives these devices, one after the other. */
export function adapterOf(info: typeof H200, devices: FakeDevice[] = [new FakeDevice()]): GpuAdapter {
  let given = 0;
  return {
    info,
    features: new Set(['timestamp-query', 'shader-f16']),
    limits: { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 28 },
    requestDevice: () => Promise.resolve(devices[given++] as FakeDevice),
  };
}
