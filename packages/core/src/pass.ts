import type { AnyFact, Violation } from './facts.js';
import type { JsonObject } from './json.js';
import type { Model, Stage } from './model.js';

/** Something a pass did or declined, for people and for tests. Passes do not log: they note. */
export interface Note {
  /** Name of the pass (and rule, after a slash) that wrote it; filled in by the runner if absent. */
  readonly pass?: string;
  readonly level: 'info' | 'warning';
  /** `did`: changed something; `declined`: could have, did not, and why; `saw`: worth knowing. */
  readonly kind: 'did' | 'declined' | 'saw';
  /** Node, weight or layer it is about. */
  readonly subject?: string;
  readonly message: string;
}

/** What a pass gives back. `changed` must be false exactly when `model` is the very model given. */
export interface PassResult<S extends Stage = Stage> {
  readonly model: Model<S>;
  readonly changed: boolean;
  readonly notes: readonly Note[];
}

/** One step of long work, for progress bars and plain lines. */
export interface Progress {
  /** What is going on: the name of a pass or of a file. */
  readonly task: string;
  /** Steps done and in all, where known. */
  readonly done?: number;
  readonly total?: number;
  readonly message?: string;
}

/** Higher-is-better score of a model, such as accuracy. */
export type Evaluate = (model: Model) => Promise<number> | number;

/** What the runner hands to every pass. */
export interface Context {
  /** Seed for everything random. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Live things that options name: data, teachers, layers. */
  readonly inputs: { need<T = unknown>(name: string): T; has(name: string): boolean };
  readonly evaluate?: Evaluate;
  /** Names of the passes that have run before, for error messages. */
  readonly ran: readonly string[];
  progress(event: Progress): void;
  /** Adds a note to those of the pass's result. */
  note(note: Note): void;
}

/**
 * One transformation of a model. A value, not a class: a name, plain JSON options and an async
 * function. The input model is never mutated.
 */
export interface Pass<In extends Stage = Stage, Out extends Stage = In> {
  /** `package/pass`, unique; recipes find passes by it. */
  readonly name: string;
  readonly options: JsonObject;
  /** The stage of models it takes, checked before it runs; any when absent. */
  readonly takes?: In;
  /** Facts that must hold before. */
  readonly needs?: readonly AnyFact[];
  /** Facts that hold after. */
  readonly gives?: readonly AnyFact[];
  /** Facts this pass knowingly ends. */
  readonly drops?: readonly AnyFact[];
  /** Names of the live things that it takes from the run's `inputs`; looked for before any pass runs. */
  readonly asks?: readonly string[];
  /** Whether it computes gradients, for which not every backend has kernels. */
  readonly trains?: boolean;
  /** Conditions on the input model beyond its stage. */
  readonly check?: (model: Model<In>) => readonly Violation[];
  /** How to keep parts of a model out of this pass; what `guard` backs off by. */
  readonly narrow?: Narrow<In, Out>;
  readonly run: (model: Model<In>, context: Context) => Promise<PassResult<Out>>;
}

/** The protocol by which a pass can be told to leave parts of a model alone. */
export interface Narrow<In extends Stage, Out extends Stage> {
  /** Layers or nodes that the pass would touch, by name. */
  readonly candidates: (model: Model<In>) => readonly string[];
  /** The same pass without these. */
  readonly without: (excluded: readonly string[]) => Pass<In, Out>;
}

/** Any pass, whatever stages it takes and gives. */
export interface AnyPass {
  readonly name: string;
  readonly options: JsonObject;
  readonly needs?: readonly AnyFact[];
  readonly gives?: readonly AnyFact[];
  readonly drops?: readonly AnyFact[];
  readonly asks?: readonly string[];
  readonly trains?: boolean;
  readonly run: (model: never, context: Context) => Promise<PassResult>;
}
