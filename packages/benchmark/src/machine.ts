import * as tf from '@tensorflow/tfjs';

/** What a figure was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Engine with its version: `Node 20.19.0 (V8 11.3)`, or a browser's user agent. */
  readonly engine: string;
  readonly platform: string;
  readonly tfjs: string;
  readonly backend: string;
}

/** Describes the machine, the engine and TensorFlow.js with its present backend. */
export async function describeMachine(): Promise<Machine> {
  const common = { tfjs: tf.version_core, backend: tf.getBackend() };
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
  const os = await import('node:os');
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

/** The machine in one line of text. */
export function machineText(machine: Machine): string {
  const { cpu, cores, memoryBytes, engine, platform, tfjs, backend } = machine;
  const memory = memoryBytes === 0 ? '' : `, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB`;
  return `${cpu}, ${cores} cores${memory}, ${platform}; ${engine}; TensorFlow.js ${tfjs}, backend ${backend}`;
}
