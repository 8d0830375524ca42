import { isModel, loadModel, checkOptions, textTable, type Model, type Note } from '@tfjs-optimize/core';
import { checkModel } from '../saved-model/check.js';
import { writeGraph } from '../saved-model/graph.js';
import type { ModelLike } from '../saved-model/save.js';
import type { NodePrecision } from './compute.js';
import { planOf, PRECISION_KINDS, type PrecisionOptions, type PrecisionPlan } from './plan.js';
import type { Precision } from './precision.js';
import { StoredWeights } from './stored-weights.js';

/** What a written model is computed and stored in, node by node and weight by weight. */
export interface PrecisionReport {
  readonly precision: Precision;
  /** Nodes of the written graph that handle floats, in its order; empty where all is computed in float32. */
  readonly nodes: readonly NodePrecision[];
  /** What became of weights, which nodes stay float32 for what they hold, and what was not looked at. */
  readonly notes: readonly Note[];
  /** Casts between float32 and 16 bits that each call makes. */
  readonly casts: number;
  /** A table of the nodes and the notes that matter, as plain text; {@link toString} gives the same. */
  text(): string;
  toString(): string;
}

/**
 * Tells what {@link saveSavedModel} and {@link compile} would write in 16 bits, without writing it: for each node of
 * the graph its precision and why.
 *
 * @throws `native/layer`, `native/calibration`, `model/input`, `aborted`, and what {@link saveSavedModel} throws for
 *   models that cannot be written.
 */
export async function explainPrecision(
  model: ModelLike,
  options: PrecisionOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<PrecisionReport> {
  const { signal, ...precision } = options;
  checkOptions<PrecisionOptions>(precision, PRECISION_KINDS);
  const ours = isModel(model) ? model : await loadModel(model, { signal });
  checkModel(ours);
  return reportOf(ours, await planOf(ours, precision, signal));
}

/** The report of a plan. */
export function reportOf(model: Model, plan: PrecisionPlan): PrecisionReport {
  const stored = new StoredWeights(model, plan);
  const { precisions, casts } = writeGraph(model, stored);
  return makeReport(plan, precisions, casts, stored.notes);
}

/** Puts a report together. */
export function makeReport(
  { precision, notes: planned }: PrecisionPlan,
  nodes: readonly NodePrecision[],
  casts: number,
  stored: readonly Note[],
): PrecisionReport {
  const notes = [...planned, ...stored];
  const text = (): string =>
    [headline(precision, nodes, casts), ...table(nodes), ...warnings(notes)].join('\n');
  return { precision, nodes, casts, notes, text, toString: text };
}

function headline(precision: Precision, nodes: readonly NodePrecision[], casts: number): string {
  if (nodes.length === 0) {
    return precision === 'float32'
      ? 'all float32'
      : `weights in ${precision.split('-')[0]}, all computed in float32`;
  }
  const halves = nodes.filter((node) => node.precision !== 'float32').length;
  return `${halves} of ${nodes.length} nodes computed in ${precision}, ${casts} cast${casts === 1 ? '' : 's'} a call`;
}

function table(nodes: readonly NodePrecision[]): string[] {
  if (nodes.length === 0) return [];
  const rows = nodes.map(({ layer, op, precision, why, name }) => [layer, op, precision, why, name]);
  const heading = ['layer', 'op', 'in', 'because', 'node'];
  return [textTable([heading, ...rows], ['left', 'left', 'left', 'left', 'left'])];
}

function warnings(notes: readonly Note[]): string[] {
  return notes.filter(({ level }) => level === 'warning').map(({ message }) => `warning: ${message}`);
}
