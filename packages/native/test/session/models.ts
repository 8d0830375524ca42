import { GraphBuilder, type Model } from '@tfjs-optimize/core';

/** z [2] int32 and a [2] float32, in this order, to 2z and a + 1: keys whose order is not that of the alphabet. */
export function addAndScale(): Model {
  const b = new GraphBuilder();
  const z = b.input('z', [2], 'int32');
  const a = b.input('a', [2]);
  b.output(b.op('Mul', [z, b.ints(2)]), 'twice', 'int32', [2]);
  b.output(b.op('AddV2', [a, b.constant('one', 1)]), 'next', 'float32', [2]);
  return b.build();
}

/** Counts from an int32 up to 10, by the nodes of TensorFlow 1. */
export function countTo(): Model {
  const b = new GraphBuilder();
  const enter = (value: string, isConstant = false): string =>
    b.op('Enter', [value], { frame_name: 'loop', is_constant: isConstant, parallel_iterations: 10 });
  const step = b.op('Merge', [enter(b.input('start', [], 'int32')), 'next'], {}, 'step');
  const more = b.op('LoopCond', [b.op('Less', [step, enter(b.ints(10), true)])]);
  const counted = b.op('Switch', [step, more]);
  const one = b.op('OnesLike', [b.out(counted, 1)]);
  b.op('NextIteration', [b.op('AddV2', [b.out(counted, 1), one])], {}, 'next');
  b.output(b.op('Exit', [counted]), 'end', 'int32', []);
  return b.build();
}
