import { fail } from '../errors.js';
import type { DType, Values } from '../weights.js';
import { CallView, type AttrValue, type OpenSpec } from './call-view.js';
import { mergeNumber, type Num } from './numbers.js';
import type { TensorSpec } from './hollow.js';
import {
  sameRef,
  type Captured,
  type LoggedCall,
  type Origin,
  type Ref,
  type TraceLog,
} from './trace-log.js';

/** A value made from JavaScript numbers, with what it was in each trace. */
export interface MadeValue {
  readonly shape: readonly Num[];
  readonly dtype: DType;
  /** Values in each trace; undefined where a trace did not keep them. */
  readonly values: readonly (Values | undefined)[];
  /** Values in a second run at the sizes of trace 0; they differ where values are random. */
  readonly again: Values | undefined;
  readonly scope: string;
  /** The kernel that made it; none where it was given as JavaScript numbers. */
  readonly kernel?: string;
}

/** One kernel call, merged over the traces. */
export interface MergedCall {
  readonly view: CallView;
  readonly scope: string;
  readonly origin: Origin;
  readonly inputs: readonly (readonly [key: string, ref: Ref])[];
  /** Outputs as values; kept only of calls that depend on JavaScript numbers alone. */
  readonly made: readonly MadeValue[];
}

/** One function with what differs between traces of different sizes marked in every number. */
export interface MergedTrace {
  readonly inputs: readonly OpenSpec[];
  readonly calls: readonly MergedCall[];
  readonly made: readonly MadeValue[];
  readonly captured: ReadonlyMap<number, Captured>;
  readonly outputs: readonly { readonly ref: Ref; readonly spec: OpenSpec }[];
}

/** Whether two traces made the same calls on the same values, sizes and numbers aside. */
export function sameStructure(a: TraceLog, b: TraceLog): boolean {
  return firstDifference(a, b) === undefined && a.outputs.length === b.outputs.length;
}

/** The first call at which two traces part, if any. */
export function firstDifference(a: TraceLog, b: TraceLog): { scope: string; kernel: string } | undefined {
  const count = Math.max(a.calls.length, b.calls.length);
  for (let i = 0; i < count; i++) {
    const [one, other] = [a.calls[i], b.calls[i]];
    if (one === undefined || other === undefined || !sameCall(one, other)) {
      const { scope, kernel } = (one ?? other) as LoggedCall;
      return { scope, kernel };
    }
  }
  return undefined;
}

/** The first call whose numbers differ between two traces of the same structure and sizes, if any. */
export function firstRandom(a: TraceLog, b: TraceLog): { scope: string; kernel: string } | undefined {
  const numbers = ({ attrs, outputs }: LoggedCall): string =>
    JSON.stringify([attrs, outputs.map(({ shape }) => shape)]);
  return a.calls.find((call, i) => numbers(call) !== numbers(b.calls[i] as LoggedCall));
}

function sameCall(a: LoggedCall, b: LoggedCall): boolean {
  return (
    a.kernel === b.kernel &&
    a.scope === b.scope &&
    a.outputs.length === b.outputs.length &&
    a.inputs.length === b.inputs.length &&
    a.inputs.every(([key, ref], i) => {
      const [otherKey, otherRef] = b.inputs[i] as readonly [string, Ref];
      return key === otherKey && sameRef(ref, otherRef);
    })
  );
}

/**
 * Merges traces of one function at different sizes; the structure must be the same in all.
 * @param again a second run at the sizes of the first trace.
 */
export function mergeTraces(traces: readonly TraceLog[], again: TraceLog): MergedTrace {
  const first = traces[0] as TraceLog;
  for (const other of traces.slice(1)) checkStructure(first, other);
  return {
    inputs: first.inputs.map((_, i) => mergeSpecs(traces.map((t) => t.inputs[i] as TensorSpec))),
    calls: first.calls.map((_, i) =>
      mergeCalls(
        traces.map((t) => t.calls[i] as LoggedCall),
        again.calls[i] as LoggedCall,
      ),
    ),
    made: first.made.map((constant, i) => ({
      ...mergeSpecs(traces.map((t) => t.made[i] as TensorSpec)),
      values: traces.map((t) => t.made[i]?.values),
      again: again.made[i]?.values,
      scope: constant.scope,
    })),
    captured: first.captured,
    outputs: first.outputs.map(({ ref }, i) => ({
      ref,
      spec: mergeSpecs(traces.map((t) => (t.outputs[i] as { spec: TensorSpec }).spec)),
    })),
  };
}

function checkStructure(a: TraceLog, b: TraceLog): void {
  const difference = firstDifference(a, b);
  if (difference === undefined && sameStructure(a, b)) {
    const outputs = a.outputs.every(({ ref }, i) => sameRef(ref, (b.outputs[i] as { ref: Ref }).ref));
    if (outputs) return;
  }
  const where = difference?.scope ?? '';
  fail('trace/shape', {
    subject: where === '' ? 'traced function' : `layer '${where}'`,
    expected: 'the same calls at every input size',
    got: `different ones at ${difference?.kernel ?? 'the outputs'} (${a.calls.length} calls for ${sizes(a)}, ${b.calls.length} for ${sizes(b)})`,
    advice: `Loops over an unknown dimension are unrolled, and of a branch on its size one side is kept: ${FIX_SIZE}`,
  });
}

/** How to trace what is not the same at every size. */
const FIX_SIZE =
  "give that dimension a fixed size (a layers model: option 'inputShapes'; a function: leave it out of 'dynamic')";

function sizes(trace: TraceLog): string {
  return trace.inputs.map(({ shape }) => `[${shape.join(',')}]`).join(' ');
}

function mergeSpecs(specs: readonly TensorSpec[]): OpenSpec {
  const first = specs[0] as TensorSpec;
  if (specs.some((spec) => spec.shape.length !== first.shape.length || spec.dtype !== first.dtype)) {
    fail('trace/shape', {
      subject: 'traced function',
      expected: 'values of the same rank and type at every input size',
      got: specs.map((spec) => `${spec.dtype}[${spec.shape.join(',')}]`).join(' and '),
    });
  }
  const shape = first.shape.map((_, axis) => mergeNumber(specs.map((spec) => spec.shape[axis] as number)));
  return { shape, dtype: first.dtype };
}

function mergeCalls(calls: readonly LoggedCall[], again: LoggedCall): MergedCall {
  const first = calls[0] as LoggedCall;
  const inputs = first.inputs.map(
    ([key], i) => [key, mergeSpecs(calls.map((call) => call.specs[i] as TensorSpec))] as const,
  );
  const outputs = first.outputs.map((_, i) => mergeSpecs(calls.map((call) => call.outputs[i] as TensorSpec)));
  const names = Object.keys(first.attrs);
  const attrs = Object.fromEntries(
    names.map((name) => [
      name,
      mergeAttr(
        calls.map((call) => call.attrs[name]),
        first,
        name,
      ),
    ]),
  );
  return {
    view: new CallView(first.kernel, first.scope, inputs, attrs, outputs),
    scope: first.scope,
    origin: first.origin,
    inputs: first.inputs,
    made:
      first.origin !== 'made'
        ? []
        : outputs.map((spec, i) => ({
            ...spec,
            values: calls.map((call) => call.outputs[i]?.values),
            again: again.outputs[i]?.values,
            scope: first.scope,
            kernel: first.kernel,
          })),
  };
}

function mergeAttr(values: readonly unknown[], call: LoggedCall, name: string): AttrValue {
  const first = values[0];
  if (values.every((value) => typeof value === 'number')) return mergeNumber(values);
  if (values.every((value) => Array.isArray(value) || ArrayBuffer.isView(value))) {
    const lists = values.map((value) => Array.from(value as ArrayLike<unknown>));
    const { length } = lists[0] as unknown[];
    if (lists.every((list) => list.length === length)) {
      return Array.from({ length }, (_, i) =>
        mergeAttr(
          lists.map((list) => list[i]),
          call,
          name,
        ),
      );
    }
  } else if (values.every((value) => value === first)) {
    return first as AttrValue;
  }
  return fail('trace/shape', {
    subject: call.scope === '' ? `call of ${call.kernel}` : `layer '${call.scope}' (${call.kernel})`,
    expected: `'${name}' to be of one kind at every input size`,
    got: values.map((value) => JSON.stringify(value)).join(' and '),
  });
}
