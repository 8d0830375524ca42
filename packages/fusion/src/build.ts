import {
  attr,
  replaceBy,
  type Attrs,
  type Outcome,
  type RuleContext,
  type ValueId,
  Weight,
} from '@tfjs-optimize/core';
import type { Linear } from './linear.js';

/** A linear op with other operands or attributes, as the arguments of {@link replaceBy}. */
export function rebuilt(
  linear: Linear,
  change: {
    readonly x?: ValueId;
    readonly kernel?: ValueId;
    readonly bias?: ValueId;
    readonly attrs?: Attrs;
  },
): [op: string, inputs: ValueId[], attrs: Attrs] {
  const inputs = [...linear.node.inputs];
  if (change.x !== undefined) inputs[linear.at.x] = change.x;
  if (change.kernel !== undefined) inputs[linear.at.kernel] = change.kernel;
  if (change.bias !== undefined) inputs[2] = change.bias;
  return [linear.node.op, inputs, { ...linear.node.attrs, ...change.attrs }];
}

/** A linear op in its fused form with bias and, if given, activation. */
export function fusedForm(
  linear: Linear,
  op: string,
  bias: ValueId,
  activation?: { readonly name: string; readonly args: readonly ValueId[]; readonly attrs: Attrs },
): [op: string, inputs: ValueId[], attrs: Attrs] {
  const args = [bias, ...(activation?.args ?? [])];
  const ops = activation === undefined ? ['BiasAdd'] : ['BiasAdd', activation.name];
  const attrs: Attrs = {
    T: attr.type('float32'),
    ...linear.node.attrs,
    ...activation?.attrs,
    fused_ops: attr.strings(ops),
    num_args: attr.int(args.length),
  };
  return [op, [...linear.node.inputs.slice(0, 2), ...args], attrs];
}

/** Outcome: the root becomes `x` plus a vector over its last axis. */
export function withBias(x: ValueId, bias: ValueId): Outcome {
  return replaceBy('BiasAdd', [x, bias], { T: attr.type('float32'), data_format: attr.string('NHWC') });
}

/** The bias of a linear op as a new constant, in the place of its old one where it has one. */
export function biasConstant(linear: Linear, values: ArrayLike<number>, context: RuleContext): ValueId {
  return context.constant(Weight.of(Float32Array.from(values), [linear.outputs]), {
    name: biasName(linear),
    ...(linear.bias !== undefined && { instead: linear.bias }),
  });
}

/** `layer/bias` beside `layer/kernel`; otherwise a name made from the node's. */
function biasName(linear: Linear): string {
  const slash = linear.kernel.lastIndexOf('/');
  return slash < 0 ? `${linear.node.name}/bias` : `${linear.kernel.slice(0, slash)}/bias`;
}
