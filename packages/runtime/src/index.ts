export { RUNTIME_ERROR_CODES, RuntimeError, type RuntimeErrorCode, type RuntimeProblem } from './errors.js';
export { OP_NAMES, OP_PREFIX, opName, type RuntimeOp } from './format/ops.js';
export { registerOps } from './ops/register.js';
