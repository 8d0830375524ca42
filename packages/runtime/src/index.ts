export { OP_NAMES, OP_PREFIX, opName, type RuntimeOp } from './format/ops.js';
