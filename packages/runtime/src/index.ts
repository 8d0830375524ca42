export type { RuntimeErrorCode } from './error-codes.js';
export { RuntimeError, type RuntimeProblem } from './errors.js';
export { OP_NAMES, OP_PREFIX, opName, type RuntimeOp } from './format/ops.js';
export type { FetchOptions } from './handler/http.js';
export { packed, type PackedHandler, type PackedOptions, type PackedSource } from './handler/packed.js';
export { registerOps } from './ops/register.js';
export { readsLater } from './ops/webgpu.js';
