import type { BackendDevice } from './device.js';
import type { Host } from './host.js';

const MIB = 2 ** 20;
const QUERY = ['--query-gpu=name,memory.total,compute_cap,driver_version', '--format=csv,noheader,nounits'];

/** NVIDIA's graphics processors as their driver's tool lists them; none where it is not there or says nothing. */
export async function nvidiaDevices(host: Host): Promise<BackendDevice[]> {
  const output = (await host.output('nvidia-smi', QUERY)) ?? '';
  return output.split('\n').flatMap((line) => {
    const [name = '', memory = '', capability = '', driver = ''] = line.split(',').map((part) => part.trim());
    if (name === '' || driver === '') return [];
    return {
      name,
      kind: 'hardware' as const,
      driver,
      ...(Number(memory) > 0 ? { memoryBytes: Number(memory) * MIB } : {}),
      ...(/^\d+\.\d+$/.test(capability) ? { computeCapability: capability } : {}),
    };
  });
}

/** The one that CUDA takes first. Where there are several kinds, their order is CUDA's own, and none is told. */
export async function cudaDevice(host: Host): Promise<BackendDevice | undefined> {
  const [first, ...others] = await nvidiaDevices(host);
  return others.every(({ name }) => name === first?.name) ? first : undefined;
}

/**
 * What NVIDIA's tool knows of a device that WebGPU found, beside what that knows. WebGPU writes names in small
 * letters and hyphens: `nvidia-h200`.
 */
export async function withNvidiaFacts(host: Host, device: BackendDevice): Promise<BackendDevice> {
  const isNvidia = device.kind === 'hardware' && /nvidia/i.test(`${device.name} ${device.driver ?? ''}`);
  if (!isNvidia) return device;
  const found = (await nvidiaDevices(host)).find(({ name }) => normalized(name) === normalized(device.name));
  return found === undefined ? device : { ...device, ...found };
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
