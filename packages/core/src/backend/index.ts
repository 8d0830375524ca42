export {
  backend,
  makeBackends,
  type BackendAttempt,
  type BackendReport,
  type Backends,
  type TriedBackend,
} from './backend.js';
export { BACKEND_NAMES, type BackendName } from './candidates.js';
export { loadPackage } from './host.js';
export type { Host, Loaded } from './host.js';
