import { backend, BACKEND_NAMES, type BackendName, type Backends } from '@tfjs-optimize/core';
import { configure } from '@tfjs-optimize/native';
import * as tf from '@tensorflow/tfjs';
import { deviceOf } from './device.js';

/** Where the side of the GPU runs. */
export interface GpuPlace {
  readonly name: BackendName;
  /** The name under which TensorFlow.js registers it. */
  readonly registered: string;
  /** Whether it is one: of a backend that stands in it is not. */
  readonly gpu: boolean;
  /** The device and the versions around it, as far as they are known. */
  readonly device?: string;
}

/** Names a backend that stands in where there is no GPU, to try the benchmarks themselves. */
export const STAND_IN = 'TFJS_OPTIMIZE_GPU_BENCH_BACKEND';

/** Backends of Node that compute on GPUs, the better first. */
const GPU_BACKENDS = ['tfjs-node-gpu', 'webgpu'] as const satisfies BackendName[];

const CURES = [
  'for an NVIDIA GPU on Linux or Windows: npm install --no-save @tensorflow/tfjs-node-gpu@4.22.0 @tensorflow/tfjs-node@4.22.0, with CUDA 11.2 and cuDNN 8.1, which its TensorFlow 2.9 is built for',
  'for any other GPU: npm install --no-save webgpu @tensorflow/tfjs-backend-webgpu, with the driver of the GPU and, on Linux, libvulkan1',
  `to try the benchmarks without one: ${STAND_IN}=tfjs-node`,
];

let here: Promise<GpuPlace | string> | undefined;

/** The GPU of this process, loaded and in use, or why there is none. */
export function placeHere(): Promise<GpuPlace | string> {
  return (here ??= find());
}

async function find(): Promise<GpuPlace | string> {
  // TensorFlow takes all memory of the GPU otherwise, and nothing tells how much a batch needs.
  if (process.env['TF_FORCE_GPU_ALLOW_GROWTH'] === undefined) configure({ gpuMemoryGrowth: true });
  return findPlace(backend, process.env[STAND_IN]);
}

/** The first backend that computes on a GPU, or the one that stands in; a text says why there is none. */
export async function findPlace(
  backends: Pick<Backends, 'attempt'>,
  standIn: string | undefined,
): Promise<GpuPlace | string> {
  if (standIn !== undefined) return standInPlace(backends, standIn);
  const tried: string[] = [];
  for (const name of GPU_BACKENDS) {
    const { outcome, reason, gpu } = await backends.attempt(name);
    if (outcome === 'used' && gpu) return placeOf(name, true);
    tried.push(`${name}: ${outcome === 'used' ? 'it found no GPU that it can use' : reason}`);
  }
  return `no GPU can be used here (${tried.join('; ')}); ${CURES.join('; ')}`;
}

async function standInPlace(
  backends: Pick<Backends, 'attempt'>,
  standIn: string,
): Promise<GpuPlace | string> {
  const name = BACKEND_NAMES.find((each) => each === standIn);
  if (name === undefined) return `${STAND_IN}: expected one of ${BACKEND_NAMES.join(', ')}, got '${standIn}'`;
  const { outcome, reason, gpu } = await backends.attempt(name);
  return outcome === 'used' ? placeOf(name, gpu) : `${STAND_IN}=${standIn}: ${reason}`;
}

async function placeOf(name: BackendName, gpu: boolean): Promise<GpuPlace> {
  const registered = tf.getBackend();
  const device = gpu ? await deviceOf(name) : undefined;
  return { name, registered, gpu, ...(device === undefined ? {} : { device }) };
}

/** Whether a place runs TensorFlow, which has sessions. */
export const hasSessions = ({ registered }: GpuPlace): boolean => registered === 'tensorflow';
