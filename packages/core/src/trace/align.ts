import { fail } from '../errors.js';
import type { DType, Values } from '../weights.js';
import { CallView, type AttrValue, type OpenSpec } from './call-view.js';
import { firstDifference } from './difference.js';
import type { TensorSpec } from './hollow.js';
import { mergeNumber, type Num } from './numbers.js';
import type { Captured, LoggedCall, Origin, Ref, TraceLog } from './trace-log.js';
import { bySize, callName, placeName, sizesOf, type CallSite, type Traced } from './traced.js';
import { shapeText } from '../text/shape.js';

/** A value made from JavaScript numbers, with what it was in each trace. */
export interface MadeValue {
  readonly shape: readonly Num[];
  readonly dtype: DType;
  /** Values in each trace; undefined where a trace did not keep them. */
  readonly values: readonly (Values | undefined)[];
  /** Values in a second run at the sizes of trace 0; they differ where values are random. */
  readonly again: Values | undefined;
  /** Whether it was made of random numbers: two runs may agree by chance. */
  readonly random: boolean;
  readonly scope: string;
  /** The op of TensorFlow.js that was making it from JavaScript numbers, if one was. */
  readonly op?: string;
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
  readonly traced: Traced;
  readonly inputs: readonly OpenSpec[];
  readonly calls: readonly MergedCall[];
  readonly made: readonly MadeValue[];
  readonly captured: ReadonlyMap<number, Captured>;
  readonly outputs: readonly { readonly ref: Ref; readonly spec: OpenSpec }[];
  /** Path of the layers in which the code itself drew a random number, if it did. */
  readonly drawn: string | undefined;
}

/**
 * Merges traces of one function at different sizes; the structure must be the same in all.
 * @param again a second run at the sizes of the first trace.
 */
export function mergeTraces(traces: readonly TraceLog[], again: TraceLog, traced: Traced): MergedTrace {
  const first = traces[0] as TraceLog;
  const sized = { ...traced, sizes: traces.map(({ inputs }) => sizesOf(inputs)) };
  traces.slice(1).forEach((other, k) => checkStructure(first, other, k + 1, sized));
  const merge = (specs: readonly TensorSpec[], scope = ''): OpenSpec =>
    mergeSpecs(specs, placeName({ traced: sized, scope }), sized);
  return {
    traced: sized,
    inputs: first.inputs.map((_, i) => merge(traces.map((t) => t.inputs[i] as TensorSpec))),
    calls: first.calls.map((_, index) =>
      mergeCalls(
        traces.map((t) => t.calls[index] as LoggedCall),
        again.calls[index] as LoggedCall,
        index,
        sized,
      ),
    ),
    made: first.made.map(({ scope, op, random }, i) => ({
      ...merge(
        traces.map((t) => t.made[i] as TensorSpec),
        scope,
      ),
      values: traces.map((t) => t.made[i]?.values),
      again: again.made[i]?.values,
      random,
      scope,
      ...(op === undefined ? {} : { op }),
    })),
    captured: first.captured,
    drawn: [...traces, again].find(({ drawn }) => drawn !== undefined)?.drawn,
    outputs: first.outputs.map(({ ref }, i) => ({
      ref,
      spec: merge(traces.map((t) => (t.outputs[i] as { spec: TensorSpec }).spec)),
    })),
  };
}

function checkStructure(first: TraceLog, other: TraceLog, k: number, traced: Traced): void {
  const difference = firstDifference(first, other);
  if (difference === undefined) return;
  const { sizes = [] } = traced;
  fail('trace/shape', {
    subject: difference.site === undefined ? traced.name : callName({ traced, ...difference.site }),
    expected: 'the same calls at every input size',
    got: `${difference.one} at ${sizes[0]} and ${difference.other} at ${sizes[k]}`,
    advice: traced.fixing,
  });
}

function mergeSpecs(specs: readonly TensorSpec[], subject: string, traced: Traced): OpenSpec {
  const first = specs[0] as TensorSpec;
  if (specs.some((spec) => spec.shape.length !== first.shape.length || spec.dtype !== first.dtype)) {
    fail('trace/shape', {
      subject,
      expected: 'values of the same rank and type at every input size',
      got: bySize(
        specs.map((spec) => `${spec.dtype}${shapeText(spec.shape)}`),
        traced,
      ),
      advice: `If this is a tf.squeeze, name its axes. ${traced.fixing}`,
    });
  }
  const shape = first.shape.map((_, axis) => mergeNumber(specs.map((spec) => spec.shape[axis] as number)));
  return { shape, dtype: first.dtype };
}

function mergeCalls(
  logged: readonly LoggedCall[],
  again: LoggedCall,
  index: number,
  traced: Traced,
): MergedCall {
  const calls = withoutCopies(logged);
  const { kernel, scope, origin, inputs, outputs, attrs, random } = calls[0] as LoggedCall;
  const site: CallSite = { traced, scope, kernel, index };
  const subject = callName(site);
  const merge = (specs: readonly TensorSpec[]): OpenSpec => mergeSpecs(specs, subject, traced);
  const merged = {
    inputs: inputs.map(([key], i) => [key, merge(calls.map((call) => call.specs[i] as TensorSpec))] as const),
    outputs: outputs.map((_, i) => merge(calls.map((call) => call.outputs[i] as TensorSpec))),
    attrs: Object.fromEntries(
      Object.keys(attrs).map((name) => [
        name,
        mergeAttr(
          calls.map((call) => call.attrs[name]),
          site,
          name,
        ),
      ]),
    ),
  };
  return {
    view: new CallView(site, merged.inputs, merged.attrs, merged.outputs),
    scope,
    origin,
    inputs,
    made:
      origin !== 'made'
        ? []
        : merged.outputs.map((spec, i) => ({
            ...spec,
            values: calls.map((call) => call.outputs[i]?.values),
            again: again.outputs[i]?.values,
            random,
            scope,
          })),
  };
}

/** Where some calls repeat a value and others copy it, the copies as repetitions. */
function withoutCopies(calls: readonly LoggedCall[]): readonly LoggedCall[] {
  if (!calls.some(({ kernel }) => kernel === 'Tile')) return calls;
  return calls.map((call) => {
    if (call.kernel === 'Tile') return call;
    const reps = call.specs[0]?.shape.map(() => 1);
    return { ...call, kernel: 'Tile', attrs: { reps } };
  });
}

function mergeAttr(values: readonly unknown[], site: CallSite, name: string): AttrValue {
  const first = values[0];
  if (values.every((value) => typeof value === 'number')) return mergeNumber(values);
  if (values.every((value) => Array.isArray(value) || ArrayBuffer.isView(value))) {
    const lists = values.map((value) => Array.from(value as ArrayLike<unknown>));
    const { length } = lists[0] as unknown[];
    if (lists.every((list) => list.length === length)) {
      return Array.from({ length }, (_, i) =>
        mergeAttr(
          lists.map((list) => list[i]),
          site,
          name,
        ),
      );
    }
  } else if (values.every((value) => value === first)) {
    return first as AttrValue;
  }
  return fail('trace/shape', {
    subject: callName(site),
    expected: `'${name}' to be the same at every input size`,
    got: bySize(
      values.map((value) => JSON.stringify(value) ?? 'nothing'),
      site.traced,
    ),
    advice: site.traced.fixing,
  });
}
