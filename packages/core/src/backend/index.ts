export {
  backend,
  makeBackends,
  type BackendAttempt,
  type BackendReport,
  type Backends,
  type DeviceLoss,
  type TriedBackend,
} from './backend.js';
export { BACKEND_NAMES, type BackendName } from './candidates.js';
export { deviceText, type BackendDevice } from './device.js';
export { loadPackage } from './host.js';
export type { Host, Loaded } from './host.js';
