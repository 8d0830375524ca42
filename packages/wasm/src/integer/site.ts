import type { ProgramOp } from './plan/program.js';
import type { IntegerForm } from './integer-form.js';
import type { Memory } from './memory.js';
import type { Shape, Value } from './value.js';

/** A constant input of an op. */
export interface Constant {
  readonly shape: Shape;
  readonly data: Int8Array | Int32Array | Float32Array;
}

/** An op of a region: what planners know of it, whatever the shapes. What is made of its constants lives as long as the region. */
export class Site {
  private readonly made = new Map<string, unknown>();

  /**
   * @param attrs all attributes with a meaning, as the kernel of the op gets them.
   * @param constants constant inputs by name; int8 values as Int8Array, whatever tensors held them.
   */
  constructor(
    readonly op: ProgramOp,
    readonly attrs: object,
    private readonly constants: Readonly<Record<string, Constant>>,
    readonly form: IntegerForm,
    readonly memory: Memory,
  ) {}

  constant(name: string): Constant | undefined {
    return this.constants[name];
  }

  /** Makes something at the first call and gives the same at others. */
  once<T>(key: string, make: () => T): T {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key) as T;
  }
}

/** An op for given shapes. */
export interface Planned {
  /** Of its result. */
  readonly shape: Shape;
  /** Numbers of the result; bytes unless told. */
  readonly kind?: 'float32' | 'int32';
  /** Whether the result is its first input by another name. */
  readonly isAlias?: boolean;
  /** What computes it. */
  bind(inputs: readonly Value[], output: Value): () => void;
}

/**
 * Plans an op for the shapes of its inputs that are no constants; undefined where it cannot: the reference then runs, and
 * says what is wrong.
 */
export type Planner = (site: Site, shapes: readonly Shape[]) => Planned | undefined;
