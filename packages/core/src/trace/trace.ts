import { readsLater } from '@tfjs-optimize/runtime';
import { fail } from '../errors.js';
import { onCpu } from '../on-cpu.js';
import type { MergedTrace } from './align.js';
import { plans, type InputSpec } from './dimensions.js';
import { PlannedTrace, type Traceable } from './planned-trace.js';
import { RunFailure } from './record.js';
import type { SizeSolver } from './size-solver.js';
import { placeName, sizesOf, type Traced } from './traced.js';

/**
 * Traces a function at several sizes of its unknown dimensions and merges what was recorded. Constants are computed by
 * the backend in use, or by cpu where that has values only later.
 * @param use makes something of the merged traces; called again when it needs more of them.
 */
export function traceMerged<T>(...given: Merging<T>): T {
  return readsLater() ? onCpu(() => merged(...given)) : merged(...given);
}

type Merging<T> = [
  run: Traceable,
  inputs: readonly InputSpec[],
  traced: Traced,
  use: (trace: MergedTrace, sizes: SizeSolver) => T,
];

function merged<T>(...[run, inputs, traced, use]: Merging<T>): T {
  let first: RunFailure | undefined;
  for (const plan of plans(inputs)) {
    try {
      const planned = new PlannedTrace(run, inputs, plan, traced);
      if (first === undefined || planned.needsTies()) return planned.solved(use);
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      first ??= error;
    }
  }
  const open = inputs.some(({ shape }) => shape.some((size) => typeof size === 'string'));
  return fail('trace/shape', {
    subject: placeName({ traced, scope: first?.scope ?? '' }),
    expected: `to run on inputs of shape ${sizesOf(inputs)}`,
    got: `the error "${first?.message ?? ''}" at ${sizesOf(first?.inputs ?? inputs)}`,
    advice: open
      ? `It may need a dimension of a special size. ${traced.fixing}`
      : 'Call it on tensors of these shapes, untraced, to find the mistake',
    cause: first?.cause,
  });
}
