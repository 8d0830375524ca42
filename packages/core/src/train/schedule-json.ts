import { fail } from '../errors.js';
import { nearest } from '../nearest.js';
import { checkOptions, optionKinds, valueText, type OptionKind } from '../options.js';
import { schedules, type Schedule } from './schedule.js';

/** A schedule as JSON: the name of one of `schedules` with what it takes. */
export type ScheduleJson =
  | {
      readonly kind: 'cosine' | 'polynomial';
      readonly from: number;
      readonly to?: number;
      readonly steps?: number;
      /** Of `polynomial`. */
      readonly power?: number;
    }
  | { readonly kind: 'step'; readonly from: number; readonly every: number; readonly factor?: number }
  | { readonly kind: 'warmUp'; readonly steps: number; readonly then: number | ScheduleJson };

const { anything, number, whole } = optionKinds;
const finite = number('a number', Number.isFinite);
const positive = number('a number above 0', (value) => value > 0 && value < Infinity);

/** What each kind takes, and must have. */
const KNOWN: Readonly<
  Record<
    ScheduleJson['kind'],
    { readonly takes: Readonly<Record<string, OptionKind>>; readonly needs: string[] }
  >
> = {
  cosine: { takes: { from: finite, to: finite, steps: whole }, needs: ['from'] },
  polynomial: { takes: { from: finite, to: finite, steps: whole, power: positive }, needs: ['from'] },
  step: { takes: { from: finite, every: whole, factor: finite }, needs: ['from', 'every'] },
  warmUp: { takes: { steps: whole, then: anything }, needs: ['steps', 'then'] },
};

/**
 * A number or schedule of a recipe.
 * @param where what it is, in messages.
 * @param range what a number, and where a schedule begins and ends, may be.
 * @throws `argument/invalid`.
 */
export function scheduleOf(where: string, json: number | ScheduleJson, range: OptionKind): number | Schedule {
  if (typeof json !== 'object' || json === null) {
    if (range.fits(json)) return json;
    fail('argument/invalid', {
      subject: where,
      expected: `${range.expected} or a schedule as {kind: 'cosine', from: …}`,
      got: valueText(json),
    });
  }
  const { kind } = json;
  const known = Object.hasOwn(KNOWN, kind) ? KNOWN[kind] : undefined;
  if (known === undefined) refuseKind(where, kind);
  checkOptions(json, { kind: anything, ...known.takes }, { where });
  for (const name of ['from', 'to', ...known.needs]) {
    // Both fall to 0 unless told.
    const unless = name === 'to' && 'to' in known.takes ? 0 : undefined;
    const value = (json as Readonly<Record<string, unknown>>)[name] ?? unless;
    const isMissing = value === undefined && known.needs.includes(name);
    const isEnd = (name === 'from' || name === 'to') && value !== undefined;
    if (!isMissing && (!isEnd || range.fits(value))) continue;
    fail('argument/invalid', {
      subject: `${where}.${name}`,
      expected: isEnd ? range.expected : (known.takes[name]?.expected ?? 'a value'),
      got: isMissing ? 'nothing' : valueText(value),
    });
  }
  if (json.kind === 'warmUp') {
    const then = scheduleOf(`${where}.then`, json.then, range);
    return schedules.warmUp(json.steps, typeof then === 'number' ? schedules.constant(then) : then);
  }
  return json.kind === 'step' ? schedules.step(json) : schedules[json.kind](json);
}

function refuseKind(where: string, kind: unknown): never {
  const near = typeof kind === 'string' ? nearest(kind, Object.keys(KNOWN)) : undefined;
  return fail('argument/invalid', {
    subject: `${where}.kind`,
    expected: `one of ${Object.keys(KNOWN).join(', ')}`,
    got: valueText(kind),
    ...(near !== undefined && { advice: `Did you mean '${near}'?` }),
  });
}
