import { fail, throwIfAborted } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { Model, Stage } from '../model.js';
import type { AnyPass, Context, Note, Pass, PassResult } from '../pass.js';
import { runPass } from './run-pass.js';

/** What passes ask of a run, as one pass that holds them says it. */
export function demandsOf(passes: readonly AnyPass[]): Required<Pick<AnyPass, 'asks' | 'trains'>> {
  return { asks: asksOf(passes), trains: passes.some(({ trains }) => trains === true) };
}

/** Names of all live things that passes take. */
export function asksOf(passes: readonly AnyPass[]): readonly string[] {
  return [...new Set(passes.flatMap(({ asks = [] }) => asks))];
}

/** Passes of which each takes what the one before gives; another order does not compile. */
export type Chained<P extends readonly AnyPass[]> = P extends readonly [
  infer First extends AnyPass,
  infer Second extends AnyPass,
  ...infer Rest extends readonly AnyPass[],
]
  ? Fits<First, Second> extends true
    ? Chained<readonly [Keeping<First, Second>, ...Rest]> extends never
      ? never
      : P
    : never
  : P;

type TakenBy<P> = P extends { run: (model: Model<infer In>, context: Context) => unknown } ? In : never;
type GivenBy<P> = P extends { run: (model: never, context: Context) => Promise<PassResult<infer Out>> }
  ? Out
  : never;
/** A pass that takes and gives any stage keeps the one it gets. */
type Keeping<First extends AnyPass, Second extends AnyPass> = Stage extends GivenBy<Second> ? First : Second;
type Fits<First, Second> =
  Stage extends GivenBy<First> ? true : GivenBy<First> extends TakenBy<Second> ? true : false;

/** The last stage that is not simply kept, or any. */
export type Given<P extends readonly AnyPass[]> = P extends readonly [
  ...infer Rest extends readonly AnyPass[],
  infer Last,
]
  ? Stage extends GivenBy<Last>
    ? Given<Rest>
    : GivenBy<Last>
  : Stage;

/** The first stage asked for, or any. */
export type Taken<P extends readonly AnyPass[]> = P extends readonly [
  infer First,
  ...infer Rest extends readonly AnyPass[],
]
  ? Stage extends TakenBy<First>
    ? Taken<Rest>
    : TakenBy<First>
  : Stage;

/** A pass with its options, as recipes hold it. */
export function entryOf(pass: AnyPass): JsonObject {
  return { name: pass.name, options: pass.options };
}

/** Name under which recipes hold a pipeline. */
export const PIPELINE = 'core/pipeline';

/**
 * Several passes as one, run in order. Each is held to its word by {@link runPass}; an error names
 * the pass and those that ran before it.
 */
export function pipeline<const P extends readonly AnyPass[]>(
  label: string,
  passes: P & Chained<P>,
): Pass<Taken<P>, Given<P>> {
  const list = passes as readonly AnyPass[];
  return {
    name: PIPELINE,
    options: { label, passes: list.map(entryOf) },
    ...demandsOf(list),
    run: (model, context) => runAll(list, model, context) as Promise<PassResult<Given<P>>>,
  };
}

/** Runs passes one after the other; the result's notes are all of theirs, in order. */
export async function runAll(
  passes: readonly AnyPass[],
  model: Model,
  context: Context,
): Promise<PassResult> {
  const ran = [...context.ran];
  const notes: Note[] = [];
  let current = model;
  for (const [done, pass] of passes.entries()) {
    context.progress({ task: pass.name, done, total: passes.length });
    const result = await runPass(pass as unknown as Pass, current, { ...context, ran });
    current = result.model;
    notes.push(...result.notes);
    ran.push(pass.name);
  }
  return { model: current, changed: current !== model, notes };
}

/** Name under which recipes hold repetition. */
export const UNTIL_STABLE = 'core/until-stable';

/** How often {@link untilStable} repeats. */
export interface StableOptions {
  /** Rounds at most, the last of which must change nothing; 10 unless told. */
  readonly maxRounds?: number;
}

/**
 * Repeats passes until a round changes nothing.
 * @throws `pipeline/unstable` after `maxRounds`, naming the passes that kept changing the model and the last
 *   thing each did.
 */
export function untilStable(passes: readonly Pass[], options: StableOptions = {}): Pass {
  const { maxRounds = 10 } = options;
  if (!Number.isInteger(maxRounds) || maxRounds < 1) {
    fail('argument/invalid', {
      subject: 'maxRounds',
      expected: 'a whole number of 1 or more',
      got: String(maxRounds),
    });
  }
  return {
    name: UNTIL_STABLE,
    options: { maxRounds, passes: passes.map(entryOf) },
    ...demandsOf(passes),
    run: async (model, context) => {
      const notes: Note[] = [];
      let current = model;
      let restless: string[] = [];
      for (let round = 0; round < maxRounds; round++) {
        throwIfAborted(context.signal, UNTIL_STABLE);
        const before = current;
        restless = [];
        const ran = [...context.ran];
        for (const pass of passes) {
          const result = await runPass(pass, current, { ...context, ran });
          if (result.changed) restless.push(changer(pass, result.notes));
          current = result.model;
          ran.push(pass.name);
          notes.push(...result.notes.filter((note) => round === 0 || note.kind === 'did'));
        }
        if (current === before) return { model: current, changed: current !== model, notes };
      }
      return fail('pipeline/unstable', {
        subject: UNTIL_STABLE,
        expected: `a round without changes within ${maxRounds}`,
        got: `changes by ${restless.join(', ')} in the last one`,
        advice: 'Take out the passes that undo each other, or allow more rounds',
      });
    },
  };
}

/** A pass that changed a model, with the last thing it noted to have done (its rules, for rewrites). */
function changer(pass: Pass, notes: readonly Note[]): string {
  const last = notes.filter(({ kind }) => kind === 'did').at(-1);
  return last === undefined ? pass.name : `${pass.name} (${last.message})`;
}
