export { compareBackends, type BackendComparison, type CompareBackendsOptions } from './compare-backends.js';
export { backendsText } from './text.js';
