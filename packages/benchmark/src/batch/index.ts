export { singleAgainstBatch, type SingleAgainstBatchOptions } from './single-against-batch.js';
export { sweepBatches, type SweepOptions } from './sweep.js';
export { sweepText } from './text.js';
