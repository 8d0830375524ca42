import { sameRef, type LoggedCall, type Ref, type TraceLog } from './trace-log.js';
import { numbered, type CallSite } from './traced.js';

/** A call by its place in a trace. */
type Site = Omit<CallSite, 'traced'>;

/** Where two traces part, and what each does there. */
export interface Difference {
  /** The call; none where the results differ. */
  readonly site?: Site;
  readonly one: string;
  readonly other: string;
}

/** The first call or result at which two traces part, sizes and numbers aside. */
export function firstDifference(a: TraceLog, b: TraceLog): Difference | undefined {
  const count = Math.max(a.calls.length, b.calls.length);
  for (let index = 0; index < count; index++) {
    const [one, other] = [a.calls[index], b.calls[index]];
    if (one !== undefined && other !== undefined && sameCall(one, other)) continue;
    const { scope, kernel } = (one ?? other) as LoggedCall;
    return { site: { scope, kernel, index }, one: described(one, other, a), other: described(other, one, b) };
  }
  if (a.outputs.length !== b.outputs.length) {
    return { one: results(a), other: results(b) };
  }
  const output = a.outputs.findIndex(({ ref }, i) => !sameRef(ref, (b.outputs[i] as { ref: Ref }).ref));
  if (output < 0) return undefined;
  const result = (trace: TraceLog): string =>
    `${source((trace.outputs[output] as { ref: Ref }).ref, trace)} as result ${output + 1}`;
  return { one: result(a), other: result(b) };
}

/** Something that differs between two traces of the same calls and sizes, and so is left to chance. */
export function firstRandom(a: TraceLog, b: TraceLog): { site: Site; what: string } | undefined {
  for (const [index, { attrs, outputs, scope, kernel }] of a.calls.entries()) {
    const again = b.calls[index] as LoggedCall;
    const site = { scope, kernel, index };
    const attr = Object.keys(attrs).find(
      (name) => JSON.stringify(attrs[name]) !== JSON.stringify(again.attrs[name]),
    );
    if (attr !== undefined) return { site, what: `'${attr}'` };
    const output = outputs.findIndex(({ shape }, i) => shape.join() !== again.outputs[i]?.shape.join());
    if (output >= 0) return { site, what: 'a size of its result' };
  }
  return undefined;
}

/** TensorFlow.js copies, instead of repeating, what is to be repeated once along every axis. */
export function isCopy(a: LoggedCall, b: LoggedCall): boolean {
  return (a.kernel === 'Tile' && b.kernel === 'Identity') || (a.kernel === 'Identity' && b.kernel === 'Tile');
}

function sameCall(a: LoggedCall, b: LoggedCall): boolean {
  return (
    (a.kernel === b.kernel || isCopy(a, b)) &&
    a.scope === b.scope &&
    a.outputs.length === b.outputs.length &&
    sameInputs(a, b)
  );
}

function sameInputs(a: LoggedCall, b: LoggedCall): boolean {
  return (
    a.inputs.length === b.inputs.length &&
    a.inputs.every(([key, ref], i) => {
      const [otherKey, otherRef] = b.inputs[i] as readonly [string, Ref];
      return key === otherKey && sameRef(ref, otherRef);
    })
  );
}

/** A call, as far as it takes to tell it from another. */
function described(call: LoggedCall | undefined, other: LoggedCall | undefined, trace: TraceLog): string {
  if (call === undefined) return 'no more calls';
  if (other === undefined || call.kernel !== other.kernel) return call.kernel;
  if (call.scope !== other.scope) {
    return `${call.kernel} ${call.scope === '' ? 'outside layers' : `in layer '${call.scope}'`}`;
  }
  if (call.outputs.length !== other.outputs.length) return `${call.kernel} with ${results(call)}`;
  return `${call.kernel} of ${call.inputs.map(([, ref]) => source(ref, trace)).join(' and ')}`;
}

function results({ outputs }: TraceLog | LoggedCall): string {
  return outputs.length === 1 ? 'one result' : `${outputs.length} results`;
}

function source(ref: Ref, trace: TraceLog): string {
  switch (ref.from) {
    case 'input':
      return `input ${ref.index + 1}`;
    case 'call':
      return numbered({ index: ref.call, kernel: (trace.calls[ref.call] as LoggedCall).kernel });
    case 'made':
      return 'a constant';
    case 'captured':
      return 'a weight';
  }
}
