export { EXIT, EXIT_MEANINGS, statusOf, type ExitStatus } from './exit.js';
export { DOCUMENT_VERSION, main } from './main.js';
export type { Sink, Streams } from './terminal/streams.js';
export { readNpy } from './tensors/npy.js';
export type { NumericType, TensorValue } from './tensors/value.js';
