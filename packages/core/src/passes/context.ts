import { fail } from '../errors.js';
import { nearest } from '../nearest.js';
import type { Context, Evaluate, Note, Progress } from '../pass.js';

/** What a caller gives to a run of passes. */
export interface RunOptions {
  /** Seed for everything random; 0 unless told. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Live things by the names that pass options use: data, teachers, metrics. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Score of a model, higher is better; what `guard` watches unless its options name another. */
  readonly evaluate?: Evaluate;
  readonly progress?: (event: Progress) => void;
  /** Told every note of the result, in order, once all passes have run. */
  readonly note?: (note: Note) => void;
}

/** A context for passes, with inputs that know what was meant. */
export function makeContext(options: RunOptions = {}): Context {
  const given = new Map(Object.entries(options.inputs ?? {}));
  return {
    seed: options.seed ?? 0,
    ran: [],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.evaluate === undefined ? {} : { evaluate: options.evaluate }),
    inputs: {
      has: (name) => given.has(name),
      need: <T>(name: string): T => {
        if (given.has(name)) return given.get(name) as T;
        const near = nearest(name, given.keys());
        return fail('context/missing', {
          subject: `input '${name}'`,
          expected: 'to be given under that name',
          got: given.size === 0 ? 'no inputs at all' : `only ${[...given.keys()].join(', ')}`,
          advice: near === undefined ? `Pass {inputs: {${name}: …}}` : `Did you mean '${near}'?`,
        });
      },
    },
    progress: options.progress ?? (() => undefined),
    note: options.note ?? (() => undefined),
  };
}
