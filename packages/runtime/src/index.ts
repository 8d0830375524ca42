export { RuntimeError, type RuntimeErrorCode, type RuntimeProblem } from './format/error.js';
export { OP_NAMES, OP_PREFIX, opName, type RuntimeOp } from './format/ops.js';
export { packed, type PackedOptions, type PackedSource } from './handler/packed.js';
export type { FetchOptions } from './handler/http.js';
export { registerOps } from './ops/register.js';
