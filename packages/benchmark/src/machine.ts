import * as tf from '@tensorflow/tfjs';
import { backend, builtIn, deviceText } from '@tfjs-optimize/core';
import type { Machine } from './record/measurement.js';

export type { Machine };

/** Describes the machine, the engine and TensorFlow.js with its present backend. */
export async function describeMachine(): Promise<Machine> {
  const device = backend.device();
  const common = {
    tfjs: tf.version_core,
    backend: noneYet(tf.getBackend()),
    ...(device === undefined ? {} : { device: deviceText(device) }),
  };
  if (typeof process === 'undefined' || process.versions?.node === undefined) {
    const { hardwareConcurrency, userAgent } = navigator;
    return {
      cpu: 'unknown',
      cores: hardwareConcurrency,
      memoryBytes: 0,
      engine: userAgent,
      platform: 'browser',
      ...common,
    };
  }
  const os = await builtIn('os');
  const [v8Major = '', v8Minor = ''] = process.versions.v8.split('.');
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryBytes: os.totalmem(),
    engine: `Node ${process.versions.node} (V8 ${v8Major}.${v8Minor})`,
    platform: `${os.platform()} ${os.arch()}`,
    ...common,
  };
}

/** TensorFlow.js gives nothing before a backend is set, whatever its types say. */
function noneYet(backend: string | undefined): string {
  return backend ?? 'not chosen yet';
}

/** The machine in one line of text. */
export function machineText(machine: Machine): string {
  const { cpu, cores, memoryBytes, engine, platform, tfjs, device } = machine;
  const memory = memoryBytes === 0 ? '' : `, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB`;
  const place = device === undefined ? '' : ` on ${device}`;
  return `${cpu}, ${cores} cores${memory}, ${platform}; ${engine}; TensorFlow.js ${tfjs}, backend ${machine.backend}${place}`;
}
