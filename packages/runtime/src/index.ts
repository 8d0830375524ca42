export { RUNTIME_ERROR_CODES, RuntimeError, type RuntimeErrorCode, type RuntimeProblem } from './errors.js';
export { OP_NAMES, OP_PREFIX, opName, type RuntimeOp } from './format/ops.js';
export type { FetchOptions } from './handler/http.js';
export { packed, type PackedOptions, type PackedSource } from './handler/packed.js';
export { registerOps } from './ops/register.js';
