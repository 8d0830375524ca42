import type { Machine } from '../src/record/measurement.js';

/** A machine for records that are made up. */
export const MACHINE: Machine = {
  cpu: 'Test CPU',
  cores: 2,
  memoryBytes: 2 ** 33,
  engine: 'Node 20.19.0 (V8 11.3)',
  platform: 'linux x64',
  tfjs: '4.22.0',
  backend: 'cpu',
};
