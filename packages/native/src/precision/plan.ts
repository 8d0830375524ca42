import * as tf from '@tensorflow/tfjs';
import {
  fail,
  optionKinds,
  valueText,
  type Model,
  type Note,
  type OptionKind,
  type OptionKinds,
} from '@tfjs-optimize/core';
import { readersOfExtremes } from './extremes.js';
import { namedNodes, type Kept } from './kept.js';
import { halvesOf, PRECISIONS, type Halves, type Precision } from './precision.js';
import { findOverflow, type CalibrationBatches } from './reach.js';

/** What is written in 16 bits, and what is not. */
export interface PrecisionOptions {
  /** What weights are stored in and computations done in; `'float32'` unless told. */
  readonly precision?: Precision | undefined;
  /** Layers or nodes that stay float32, weights that they alone read included. */
  readonly keep?: readonly string[] | undefined;
  /**
   * Batches of inputs, a list or what gives them one by one: with `'float16'` the model runs on them in float32, and
   * layers that would overflow stay float32. bfloat16 has the reach of float32 and needs none.
   */
  readonly calibration?: CalibrationBatches | undefined;
}

const { list, oneOf } = optionKinds;

const batches: OptionKind = {
  expected: 'a list of batches, or an iterator of them',
  fits: (value) =>
    typeof value === 'object' &&
    value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value),
  told: (value) =>
    value instanceof tf.Tensor
      ? { got: 'a tensor', advice: 'Put it into a list: [tensor]' }
      : { got: valueText(value), advice: 'Give a list, each with inputs as model.run takes them' },
};

/** Of each of these options, what it must be. */
export const PRECISION_KINDS: OptionKinds<PrecisionOptions> = {
  precision: oneOf(...PRECISIONS),
  keep: list,
  calibration: batches,
};

/** The options as they are for one model. */
export interface PrecisionPlan {
  readonly precision: Precision;
  /** Undefined for float32. */
  readonly halves: Halves | undefined;
  readonly kept: Kept;
  readonly notes: readonly Note[];
}

/** The plan of a model that is float32 in all. */
export const ALL_FLOAT32: PrecisionPlan = {
  precision: 'float32',
  halves: undefined,
  kept: new Map(),
  notes: [],
};

/**
 * Looks at a model for what the options name and what its values ask for.
 * @throws `argument/invalid` for what float32 has no use for, `native/layer`, `native/calibration`, `model/input`, `aborted`.
 */
export async function planOf(
  model: Model,
  { precision = 'float32', keep = [], calibration }: PrecisionOptions,
  signal?: AbortSignal,
): Promise<PrecisionPlan> {
  const halves = halvesOf(precision);
  if (halves === undefined && (keep.length > 0 || calibration !== undefined)) {
    fail('argument/invalid', {
      subject: calibration === undefined ? 'keep' : 'calibration',
      expected: 'a precision of 16 bits with it',
      got: `'${precision}'`,
      advice: "Give {precision: 'float16'}, or leave it out",
    });
  }
  const named = namedNodes(model, keep);
  if (halves?.areComputed !== true) return { precision, halves, kept: named, notes: [] };
  const extremes = readersOfExtremes(model, halves.format);
  const found =
    calibration === undefined || halves.format === 'bfloat16'
      ? undefined
      : await findOverflow(model, calibration, signal);
  const kept = new Map([...extremes, ...(found?.nodes ?? []), ...named]);
  return {
    precision,
    halves,
    kept,
    notes: [...overflowNotes(halves, found?.batches), ...keptNotes(kept, named)],
  };
}

function overflowNotes({ format }: Halves, calibrated: number | undefined): Note[] {
  if (format === 'bfloat16') return [];
  if (calibrated === undefined) {
    const message = 'values beyond 65504 were not looked for, and would become infinite: give {calibration}';
    return [{ level: 'warning', kind: 'saw', message }];
  }
  const message = `values beyond 65504 were looked for in ${calibrated} batch${calibrated === 1 ? '' : 'es'}`;
  return [{ level: 'info', kind: 'saw', message }];
}

function keptNotes(kept: Kept, named: Kept): Note[] {
  return [...kept].map(([node, why]) => ({
    level: named.has(node) ? 'info' : 'warning',
    kind: 'declined',
    subject: node,
    message: `node '${node}' stays float32: ${why}`,
  }));
}
