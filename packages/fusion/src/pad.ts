import { Weight, type GraphView, type Node, type RuleContext, type ValueId } from '@tfjs-optimize/core';

/** Ops that put a constant around a value. */
export const PAD_OPS = ['Pad', 'PadV2'] as const;

/** A Pad by constant amounts of a constant value. */
export interface ConstantPad {
  /** Elements before and after, an axis each. */
  readonly sides: readonly (readonly [before: number, after: number])[];
  readonly value: number;
  /** The same pad around another value, with another number. */
  around(x: ValueId, value: number, context: RuleContext): ValueId;
}

/** Reads a Pad node; undefined when amounts or value are no constants. */
export function constantPad(node: Node, view: GraphView): ConstantPad | undefined {
  const [, paddings, filler] = node.inputs;
  const amounts = paddings === undefined ? undefined : view.weight(paddings);
  if (paddings === undefined || amounts === undefined) return undefined;
  const value = filler === undefined ? 0 : view.weight(filler)?.numbers()[0];
  if (value === undefined) return undefined;
  const numbers = amounts.numbers();
  const sides = Array.from(
    { length: numbers.length / 2 },
    (_, axis) => [numbers[2 * axis] as number, numbers[2 * axis + 1] as number] as const,
  );
  const around: ConstantPad['around'] = (x, next, context) => {
    if (next === value) return context.make(node.op, [x, ...node.inputs.slice(1)], node.attrs, node.name);
    const constant = context.constant(Weight.of(Float32Array.of(next), []), { name: `${node.name}/value` });
    return context.make('PadV2', [x, paddings, constant], node.attrs, node.name);
  };
  return { sides, value, around };
}
