import type { DType } from '../../weights.js';
import type { AttrKind, AttrValues, Node, Shape } from '../node.js';
import type { OpView } from './view.js';

/** What is known of a value without running the graph. */
export interface TensorType {
  /** Undefined where it depends on the backend or on something unknown. */
  readonly dtype: DType | undefined;
  /** -1 for unknown sizes; undefined where even the rank is unknown. */
  readonly shape: Shape | undefined;
  /**
   * The elements of small values that follow from shapes and constants, in row-major order;
   * undefined elements are unknown. This is how `Shape` → `Pack` → `Reshape` is understood.
   */
  readonly values?: readonly (number | undefined)[] | undefined;
}

/** Families of ops, as files beside this one. */
export type OpCategory =
  | 'arithmetic'
  | 'basic math'
  | 'control flow'
  | 'convolution'
  | 'creation'
  | 'dynamic'
  | 'evaluation'
  | 'graph'
  | 'hash table'
  | 'image'
  | 'logical'
  | 'matrices'
  | 'normalization'
  | 'ragged'
  | 'reduction'
  | 'slice and join'
  | 'sparse'
  | 'spectral'
  | 'string'
  | 'decision forest'
  | 'transformation';

/**
 * What an input is for.
 * - `tensor`: data
 * - `weight`: data that is a trained constant in most models (filter, bias, scale, …)
 * - `statistic`: data that was measured in training, not trained (mean and variance)
 * - `shape`: numbers that decide the output's shape; stock TensorFlow.js reads them back to JavaScript
 * - `number`: numbers that are read back, too, but do not decide shapes
 * - `handle`: a hash table, tensor array or tensor list
 */
export type InputRole = 'tensor' | 'weight' | 'statistic' | 'shape' | 'number' | 'handle';

/** One input of an op. At most one input of an op is variadic. */
export interface InputSpec {
  readonly name: string;
  readonly role: InputRole;
  /** May be missing, and all inputs after it. */
  readonly optional?: true;
  /** Stands for any number of inputs. */
  readonly variadic?: true;
}

/** One attribute: whether stock TensorFlow.js can do without, and what it then takes. */
export interface AttrSpec<
  K extends AttrKind = AttrKind,
  N extends 'required' | 'optional' | 'default' = 'required' | 'optional' | 'default',
> {
  readonly kind: K;
  readonly need: N;
  readonly default?: AttrValues[K];
  /** Part of the format, without effect in stock TensorFlow.js. */
  readonly ignored?: true;
}

/**
 * What an op is, beyond a function of its inputs.
 * - `elementwise`: each output element depends on the elements at its place (broadcast) alone
 * - `commutative`: the order of (all) inputs does not matter
 * - `identity`: hands out its input
 * - `view`: the output shares memory with the first input
 * - `readsOnlyShape`: the elements of the input do not matter
 * - `source`: makes a value from outside the graph (placeholder, constant)
 * - `random`: another result each time
 * - `stateful`: reads or writes a table, list or array that lives outside the graph's values
 * - `sideEffect`: must not be dropped although nobody reads its output
 * - `control`: steers which nodes run
 * - `async`: needs `executeAsync`
 */
export type Trait =
  | 'elementwise'
  | 'commutative'
  | 'identity'
  | 'view'
  | 'readsOnlyShape'
  | 'source'
  | 'random'
  | 'stateful'
  | 'sideEffect'
  | 'control'
  | 'async';

/** How the types of the outputs follow from the inputs' (`text` says it in words, for the documents). */
export type ShapeRule =
  | { readonly kind: 'static'; readonly text: string; readonly infer: Infer }
  /** Some of it (the type, the rank, some sizes) is static; `why` says what is not. */
  | { readonly kind: 'partial'; readonly text: string; readonly why: string; readonly infer: Infer }
  | { readonly kind: 'at-run-time'; readonly why: string };

/** Types of the outputs, in order; fewer than there are outputs means that the rest is unknown. */
export type Infer = (view: OpView) => readonly TensorType[];

/** Arithmetic of one execution. */
export interface Work {
  /** Multiply-accumulates of convolutions and matrix products. */
  readonly macs: number;
  /** Floating-point operations; a multiply-accumulate counts as two of them. */
  readonly flops: number;
}

/** How much arithmetic an op does; sizes are those of the view. */
export type WorkRule =
  /** Moves or makes data, or steers: no arithmetic. */
  | { readonly kind: 'none' }
  | { readonly kind: 'counted'; readonly text: string; readonly count: (view: OpView) => Work | undefined }
  | { readonly kind: 'at-run-time'; readonly why: string };

/**
 * Whether an op of constant inputs is a constant.
 * - `run`: run it once on the constants
 * - `shape`: it only needs the shape of its input, so a static shape is enough
 * - `never`: it must stay
 */
export type FoldRule =
  { readonly kind: 'run' } | { readonly kind: 'shape' } | { readonly kind: 'never'; readonly why: string };

/** All that is known of an op. */
export interface OpRow {
  readonly category: OpCategory;
  readonly inputs: readonly InputSpec[];
  /** Attributes with a meaning; types that repeat what the inputs are (`T`, `Tidx`, …) are left out. */
  readonly attrs: Readonly<Record<string, AttrSpec>>;
  /** Number of outputs in stock TensorFlow.js; undefined where the node does not tell. */
  readonly outputs: number | ((node: Node) => number | undefined);
  readonly traits: readonly Trait[];
  readonly shape: ShapeRule;
  readonly work: WorkRule;
  readonly fold: FoldRule;
  /** What one should know about it in stock TensorFlow.js. */
  readonly notes?: string;
}

/** Rows of a family: one for each name, and no others. */
export type OpFamily<Names extends string> = { readonly [K in Names]: OpRow };
