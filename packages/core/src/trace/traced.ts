import { shapeText } from '../text/shape.js';

/** What messages say of the code that is traced, and what its user can do about a refusal. */
export interface Traced {
  /** `function 'f'`, `layers model 'm'`. */
  readonly name: string;
  /** How to give an unknown dimension a fixed size; a sentence without its full stop. */
  readonly fixing: string;
  /** How to do without a step that no graph can hold; the rest of a sentence. */
  readonly omitting: string;
  /** Sizes of the inputs in each trace, once there are traces. */
  readonly sizes?: readonly string[];
}

/** A place in the traced code. */
export interface Place {
  readonly traced: Traced;
  /** Path of layer names, empty outside layers. */
  readonly scope: string;
}

/** One kernel call of the traced code. */
export interface CallSite extends Place {
  readonly kernel: string;
  /** Position among all calls of a trace, from 0. */
  readonly index: number;
}

/** What messages call a place: its layer, or the function. */
export function placeName({ traced, scope }: Place): string {
  return scope === '' ? traced.name : `layer '${scope}'`;
}

/** What messages call a call: its layer and kernel; outside layers, its number and kernel. */
export function callName(site: CallSite): string {
  return site.scope === '' ? `${site.traced.name}, ${numbered(site)}` : `${placeName(site)} (${site.kernel})`;
}

/** A call by number, counted from 1 in the order of the calls, and kernel. */
export function numbered({ index, kernel }: Pick<CallSite, 'index' | 'kernel'>): string {
  return `call ${index + 1} (${kernel})`;
}

/** `Compute with tensor operations, or leave this step outside the function`. */
export function orOmit(advice: string, { omitting }: Traced): string {
  return `${advice}, or ${omitting}`;
}

/** A sentence of its own. */
export function omit({ omitting }: Traced): string {
  return omitting.charAt(0).toUpperCase() + omitting.slice(1);
}

/** What something is at which input sizes: `4 at [5,4], [8,4] and 3 at [3,4]`. */
export function bySize(texts: readonly string[], { sizes = [] }: Traced): string {
  const places = new Map<string, string[]>();
  texts.forEach((text, k) => places.set(text, [...(places.get(text) ?? []), sizes[k] ?? `trace ${k + 1}`]));
  return [...places].map(([text, at]) => `${text} at ${at.join(', ')}`).join(' and ');
}

/** Sizes of inputs in one trace: `[5,4] [5]`. */
export function sizesOf(inputs: readonly { readonly shape: readonly (number | string)[] }[]): string {
  return inputs.map(({ shape }) => shapeText(shape)).join(' ');
}
