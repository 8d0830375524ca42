import { bytesText } from '../text/units.js';

/** What a backend computes on, where that can be found out. */
export interface BackendDevice {
  /** As its maker or driver calls it: `NVIDIA H200`, `apple metal-3`, `SwiftShader`. */
  readonly name: string;
  /** Software computes on the processor what a graphics processor would: right, and slow. */
  readonly kind: 'hardware' | 'software';
  /** The driver, with its version where it tells one. */
  readonly driver?: string;
  /** Its own memory in bytes. */
  readonly memoryBytes?: number;
  /** Of NVIDIA's: CUDA's compute capability, `9.0`. */
  readonly computeCapability?: string;
  /** Of WebGPU: what the device can do beyond the standard (`shader-f16`, `subgroups`, …), sorted. */
  readonly features?: readonly string[];
  /** Of WebGPU: the most bytes that one tensor may have. */
  readonly maxTensorBytes?: number;
}

/** What WebGPU tells of an adapter; texts are empty where a browser keeps them to itself. */
export interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

/** Drivers that compute on the processor, by what adapters say of them. Dawn's null backend computes nothing. */
const SOFTWARE: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, 'SwiftShader'],
  [/llvmpipe|lavapipe/i, 'llvmpipe'],
  [/softpipe/i, 'softpipe'],
  [/basic[ -]render/i, 'Microsoft Basic Render Driver'],
  [/null-backend/i, "Dawn's null backend"],
];

/** A device as its adapter tells of it. */
export function deviceOf(
  info: AdapterInfo,
  features: Iterable<string>,
  limits: { readonly maxBufferSize?: number; readonly maxStorageBufferBindingSize?: number },
): BackendDevice {
  const { vendor = '', architecture = '', device = '', description = '' } = info;
  const told = [vendor, architecture, device, description].join(' ');
  const software = SOFTWARE.find(([pattern]) => pattern.test(told))?.[1];
  const named = device !== '' ? device : [vendor, architecture].filter((text) => text !== '').join(' ');
  const { maxBufferSize, maxStorageBufferBindingSize } = limits;
  const most = Math.min(maxBufferSize ?? Infinity, maxStorageBufferBindingSize ?? Infinity);
  return {
    name: software ?? (named === '' ? 'a device without a name' : named),
    kind: software !== undefined || info.isFallbackAdapter === true ? 'software' : 'hardware',
    ...(description === '' ? {} : { driver: description }),
    features: [...features].sort(),
    ...(Number.isFinite(most) ? { maxTensorBytes: most } : {}),
  };
}

/** The device in a line: `NVIDIA H200 (150 GB, compute capability 9.0, driver 550.54)`. */
export function deviceText({ name, driver, memoryBytes, computeCapability }: BackendDevice): string {
  const facts = [
    memoryBytes === undefined ? undefined : bytesText(memoryBytes),
    computeCapability === undefined ? undefined : `compute capability ${computeCapability}`,
    driver === undefined ? undefined : /driver/i.test(driver) ? driver : `driver ${driver}`,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`;
}
