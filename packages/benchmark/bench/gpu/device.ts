import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BackendName } from '@tfjs-optimize/core';
import * as tf from '@tensorflow/tfjs';

/** Runs a program and gives what it prints. */
export type Ask = (program: string, args: readonly string[]) => Promise<string>;

const ask: Ask = async (program, args) => (await promisify(execFile)(program, [...args])).stdout;

/** The graphics processors and the TensorFlow of the backend in use, as far as they can be asked for. */
export async function deviceOf(name: BackendName): Promise<string | undefined> {
  const { binding } = tf.backend() as { readonly binding?: { readonly TF_Version?: string } };
  const version = binding?.TF_Version === undefined ? name : `${name} on TensorFlow ${binding.TF_Version}`;
  const found = name === 'tfjs-node-gpu' ? await nvidiaDevices(ask) : [];
  return [...found, version].join('; ');
}

/** NVIDIA's devices by name, memory, driver and compute capability; none where nvidia-smi does not tell. */
export async function nvidiaDevices(run: Ask): Promise<readonly string[]> {
  const fields = ['name', 'memory.total', 'driver_version'];
  const query = async (names: readonly string[]): Promise<string> =>
    run('nvidia-smi', [`--query-gpu=${names.join()}`, '--format=csv,noheader']);
  try {
    // Drivers before 510 do not know the last.
    const text = await query([...fields, 'compute_cap']).catch(() => query(fields));
    return text.split('\n').filter(Boolean).map(deviceText);
  } catch {
    return [];
  }
}

function deviceText(line: string): string {
  const [name, memory, driver, capability] = line.split(',').map((part) => part.trim());
  const known = [
    name,
    memory,
    driver && `driver ${driver}`,
    capability && `compute capability ${capability}`,
  ];
  return known.filter(Boolean).join(', ');
}
