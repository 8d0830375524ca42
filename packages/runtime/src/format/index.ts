export { RUNTIME_ERROR_CODES, type RuntimeErrorCode } from '../error-codes.js';
export { RuntimeError, type RuntimeProblem } from '../errors.js';
export { channelRun, scaleShape } from './channels.js';
export { checkChecksum, needMetadata } from './checksum.js';
export { decodeBfloat16, decodeChannels, decodeInt8, flipSigns } from './codecs.js';
export { Crc32 } from './crc32.js';
export {
  contradiction,
  PACKED_KEY,
  PACKED_VERSION,
  partNames,
  readPackedMetadata,
  STORED_PREFIX,
  STORED_TYPES,
  storedDType,
  storedType,
  type ChannelWeight,
  type Checksum,
  type PackedMetadata,
  type StoredType,
} from './metadata.js';
export { loweringOf, setLowering, type Lowered, type Lowering } from './lowering.js';
export { multiplierOf, type Multiplier } from './multiplier.js';
export { OP_NAMES, OP_PREFIX, opName, type RuntimeOp } from './ops.js';
export { roundHalfAway } from './rounding.js';
export { isIntegerOp } from './stage.js';
export { SOFTMAX_ONE, softmaxTable, tableOf } from './tables.js';
