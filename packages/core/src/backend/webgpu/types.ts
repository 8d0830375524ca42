import type { AdapterInfo } from '../device.js';

/** The parts of WebGPU that are used here; its standard types are not among TypeScript's own. */
export interface Gpu {
  requestAdapter(options?: { readonly powerPreference?: string }): Promise<GpuAdapter | null>;
}

export interface GpuLimits {
  readonly maxBufferSize?: number;
  readonly maxStorageBufferBindingSize?: number;
}

export interface GpuAdapter {
  readonly info?: AdapterInfo;
  readonly features: Iterable<string>;
  readonly limits: GpuLimits & Readonly<Record<string, number>>;
  requestDevice(descriptor?: object): Promise<GpuDevice>;
}

/** The event of an error that nobody asked for. */
export interface UncapturedError {
  readonly error: { readonly message: string };
  preventDefault(): void;
}

export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
  createBuffer(descriptor: { readonly size: number; readonly usage: number }): unknown;
  addEventListener(type: 'uncapturederror', listener: (event: UncapturedError) => void): void;
  destroy(): void;
}

/** TensorFlow.js' backend, by its public methods. */
export interface WebGpuBackend {
  readonly device: GpuDevice;
  read(dataId: object): Promise<unknown>;
  readSync(dataId: object): unknown;
}
