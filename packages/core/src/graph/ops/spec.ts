import type { AttrKind, AttrValues, Shape } from '../node.js';
import type { AttrSpec, FoldRule, InputSpec, TensorType, WorkRule } from './row.js';
import { isKnown, sizeOf } from './dims.js';
import type { OpView } from './view.js';

/* Short constructors for the cells of the op table. */

export const tensor = (name: string): InputSpec => ({ name, role: 'tensor' });
export const weight = (name: string): InputSpec => ({ name, role: 'weight' });
/** Measured in training, not trained. */
export const statistic = (name: string): InputSpec => ({ name, role: 'statistic' });
/** Numbers that decide the shape of the output. */
export const sizes = (name: string): InputSpec => ({ name, role: 'shape' });
/** Numbers that the executor reads, which do not decide the shape. */
export const number = (name: string): InputSpec => ({ name, role: 'number' });
export const handle = (name: string): InputSpec => ({ name, role: 'handle' });
/** Any number of tensors. */
export const rest = (name: string, role: InputSpec['role'] = 'tensor'): InputSpec => ({
  name,
  role,
  variadic: true,
});
export const maybe = (input: InputSpec): InputSpec => ({ ...input, optional: true });

/** An attribute that stock TensorFlow.js cannot do without. */
export const need = <K extends AttrKind>(kind: K): AttrSpec<K, 'required'> => ({ kind, need: 'required' });
/** An attribute that may be missing. */
export const opt = <K extends AttrKind>(kind: K): AttrSpec<K, 'optional'> => ({ kind, need: 'optional' });
/** An attribute with the value that it has when it is missing. */
export const byDefault = <K extends AttrKind>(kind: K, value: AttrValues[K]): AttrSpec<K, 'default'> => ({
  kind,
  need: 'default',
  default: value,
});
/** An attribute of the format that stock TensorFlow.js does not look at. */
export const ignored = <K extends AttrKind>(kind: K): AttrSpec<K, 'optional'> => ({
  kind,
  need: 'optional',
  ignored: true,
});

/** No arithmetic. */
export const noWork: WorkRule = { kind: 'none' };

/** `n` operations for each element of the first output. */
export function perOutput(n: number, text = `${n} per output element`): WorkRule {
  return flops(text, (view) => times(n, view.outputShape));
}

/** `n` operations for each element of the first input. */
export function perInput(n: number, text = `${n} per input element`): WorkRule {
  return flops(text, (view) => times(n, view.shape(0)));
}

/** Operations other than multiply-accumulates. */
export function flops(text: string, count: (view: OpView) => number | undefined): WorkRule {
  return {
    kind: 'counted',
    text,
    count: (view) => {
      const found = count(view);
      return found === undefined ? undefined : { macs: 0, flops: found };
    },
  };
}

/** Multiply-accumulates (two operations each), and further operations for each element of the output. */
export function macs(
  text: string,
  count: (view: OpView) => number | undefined,
  extraPerOutput: (view: OpView) => number = () => 0,
): WorkRule {
  return {
    kind: 'counted',
    text,
    count: (view) => {
      const found = count(view);
      const extra = times(extraPerOutput(view), view.outputShape);
      return found === undefined || extra === undefined
        ? undefined
        : { macs: found, flops: 2 * found + extra };
    },
  };
}

export const workAtRunTime = (why: string): WorkRule => ({ kind: 'at-run-time', why });

/** n times the number of elements of a shape; undefined where that is unknown. */
export function times(n: number, shape: Shape | undefined): number | undefined {
  return shape !== undefined && isKnown(shape) ? n * sizeOf(shape) : undefined;
}

export const foldByRunning: FoldRule = { kind: 'run' };
export const foldByShape: FoldRule = { kind: 'shape' };
export const never = (why: string): FoldRule => ({ kind: 'never', why });

/** Elements of several values together; undefined where one is unknown. */
export function sizesOfAll(types: readonly TensorType[]): number | undefined {
  let sum = 0;
  for (const { shape } of types) {
    const size = times(1, shape);
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}
