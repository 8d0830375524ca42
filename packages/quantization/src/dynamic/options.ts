import { fail, nearest, type JsonObject } from '@tfjs-optimize/core';
import type { Selection } from '../select.js';

/**
 * Products that dynamic quantization knows:
 * - `MatMul`: matrix products with a constant, whatever op computes them, batched ones included;
 * - `Conv2D` and `DepthwiseConv2dNative`: convolutions with a constant filter;
 * - `BatchMatMulV2`: products of two computed values, as in attention.
 */
export const DYNAMIC_OPS = ['MatMul', 'Conv2D', 'DepthwiseConv2dNative', 'BatchMatMulV2'] as const;

/** One of {@link DYNAMIC_OPS}. */
export type DynamicOp = (typeof DYNAMIC_OPS)[number];

/** Whole numbers that activations become when a model runs; {@link DynamicSettings} tells which is which. */
export type DynamicActivation = 'uint8' | 'uint7' | 'int8' | 'int16';

const ACTIVATIONS: readonly DynamicActivation[] = ['uint8', 'uint7', 'int8', 'int16'];

/** What dynamic quantization does where. */
export interface DynamicSettings {
  /** Products to quantize; `MatMul` and `Conv2D` unless told. */
  readonly ops?: readonly DynamicOp[];
  /**
   * What has a range of its own: `row`, each row of a matrix and each example of a convolution, or `tensor`, all values
   * together. `row` unless told: it loses less, and what an example gives does not depend on the others of its batch.
   */
  readonly mode?: 'tensor' | 'row';
  /**
   * Whole numbers that activations become: `uint8` (0 to 255, as ONNX's DynamicQuantizeLinear) unless told, `uint7`
   * (0 to 127, as PyTorch on fbgemm), `int8` (-127 to 127, symmetric) or `int16`: symmetric, up to ±32767, less where
   * more than 512 products are summed, so that sums of products with int8 weights stay within int32.
   */
  readonly activation?: DynamicActivation;
  /** Weights of fewer elements stay as they are; 1024 unless told, as in TensorFlow Lite. */
  readonly leastElements?: number;
}

/** Options of the pass: settings and names, so that a recipe can hold them. */
export interface DynamicPassOptions extends DynamicSettings {
  /** Names of layers, nodes or weights: only these. */
  readonly include?: readonly string[];
  /** All but these; it counts where both name a layer. */
  readonly exclude?: readonly string[];
}

/** Options of `quantizeDynamic`. */
export interface DynamicOptions extends DynamicSettings, Selection {
  readonly signal?: AbortSignal;
}

/** Settings with all of them told. */
export type DynamicPlan = Required<DynamicSettings>;

/**
 * Fills in what was not told and refuses what is none.
 * @throws `argument/invalid` naming the option.
 */
export function planOf(settings: DynamicSettings, subject: string): DynamicPlan {
  const { ops = ['MatMul', 'Conv2D'], mode = 'row', activation = 'uint8', leastElements = 1024 } = settings;
  if (!Array.isArray(ops)) refuse(subject, 'ops', `a list of ${DYNAMIC_OPS.join(', ')}`, ops);
  for (const op of ops) oneOf(subject, 'ops', DYNAMIC_OPS, op);
  oneOf(subject, 'mode', ['row', 'tensor'], mode);
  oneOf(subject, 'activation', ACTIVATIONS, activation);
  if (typeof leastElements !== 'number' || !(leastElements >= 0)) {
    refuse(subject, 'leastElements', 'a number of 0 or more', leastElements);
  }
  return { ops, mode, activation, leastElements };
}

/** Options of a recipe, checked. */
export function optionsFromJson(options: JsonObject, subject: string): DynamicPassOptions {
  const known = ['ops', 'mode', 'activation', 'leastElements', 'include', 'exclude'];
  for (const [name, value] of Object.entries(options)) {
    oneOf(subject, 'option', known, name);
    const isNames = Array.isArray(value) && value.every((each) => typeof each === 'string');
    if ((name === 'include' || name === 'exclude') && !isNames)
      refuse(subject, name, 'a list of names', value);
  }
  planOf(options, subject);
  return options;
}

function oneOf(subject: string, option: string, known: readonly string[], value: unknown): void {
  if (typeof value === 'string' && known.includes(value)) return;
  const near = typeof value === 'string' ? nearest(value, known) : undefined;
  refuse(
    subject,
    option,
    `one of ${known.join(', ')}`,
    value,
    near === undefined ? undefined : `Did you mean '${near}'?`,
  );
}

function refuse(subject: string, option: string, expected: string, value: unknown, advice?: string): never {
  return fail('argument/invalid', {
    subject: `${subject}: ${option}`,
    expected,
    got: typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value)),
    ...(advice !== undefined && { advice }),
  });
}
