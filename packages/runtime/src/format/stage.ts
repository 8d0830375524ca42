import { OP_PREFIX } from './ops.js';

/** The op of training that stands for quantization and leaves values float. */
const FAKE_QUANT = `${OP_PREFIX}FakeQuant`;

/** Whether an op, by its name in graphs, makes a graph one of integers: all of this package but fake quantization. */
export function isIntegerOp(op: string): boolean {
  return op.startsWith(OP_PREFIX) && op !== FAKE_QUANT;
}
