import { throwIfAborted, type Model, type Progress, type ValueId } from '@tfjs-optimize/core';
import type { InputValues } from '../tensors/files.js';
import { fetchValues } from './fetch.js';
import { comparableNodes } from './nodes.js';
import { agrees, compareFetched, findingOf, nanInBoth, type ValueComparison } from './outputs.js';

/** The node at which two models part. */
export interface FirstNode {
  readonly name: string;
  readonly opA: string;
  readonly opB: string;
  readonly comparison: ValueComparison;
  readonly shapeA: readonly number[];
  readonly shapeB: readonly number[];
}

/** What to compare and how. */
export interface FirstNodeOptions {
  /** Inputs by key, for each model under its own keys. */
  readonly inputsA: InputValues;
  readonly inputsB: InputValues;
  readonly tolerance: number;
  readonly signal?: AbortSignal;
  readonly progress?: (event: Progress) => void;
}

/** Values fetched in one run: enough that runs are few, few enough that they fit into memory. */
const VALUES_A_RUN = 64;

/**
 * The first node, in the order of execution, whose value differs between two models. Only nodes that
 * both have by name are compared; see {@link comparableNodes}.
 * @returns the node, or undefined when all that can be compared agrees; and how many were compared.
 */
export async function firstDifferentNode(
  a: Model,
  b: Model,
  options: FirstNodeOptions,
): Promise<{ readonly found: FirstNode | undefined; readonly compared: number }> {
  const names = comparableNodes(a.graph, b.graph);
  for (let start = 0; start < names.length; start += VALUES_A_RUN) {
    throwIfAborted(options.signal, 'comparing nodes');
    options.progress?.({ task: 'comparing nodes', done: start, total: names.length });
    const some = names.slice(start, start + VALUES_A_RUN);
    const found = await firstOf(a, b, some, options);
    if (found !== undefined) return { found, compared: names.length };
  }
  return { found: undefined, compared: names.length };
}

async function firstOf(
  a: Model,
  b: Model,
  names: readonly ValueId[],
  options: FirstNodeOptions,
): Promise<FirstNode | undefined> {
  const ofA = await fetchValues(a, options.inputsA, names);
  const ofB = await fetchValues(b, options.inputsB, names);
  for (const [index, name] of names.entries()) {
    const [left, right] = [ofA[index], ofB[index]];
    if (left === undefined || right === undefined) continue;
    // Int8 values inside a graph: nothing tells here which floats they stand for.
    if (a.stage !== b.stage && left.dtype !== right.dtype) continue;
    const comparison = compareFetched(left, right);
    // Values that are NaN in both models agree elsewhere, but here they may be why all outputs are NaN.
    if (agrees(findingOf(comparison, options.tolerance)) && nanInBoth(comparison) === 0) continue;
    return {
      name,
      opA: a.graph.need(name).op,
      opB: b.graph.need(name).op,
      comparison,
      shapeA: left.shape,
      shapeB: right.shape,
    };
  }
  return undefined;
}
